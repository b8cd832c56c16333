import type { Command } from 'commander';
import type { Commands } from './command.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

/** The words that may follow at one place: after commands (`mail list|*`), or after an option (`mail list|--state`). */
interface Place {
  at: string;
  words: readonly string[];
}

/** Adds `gateway completion`. */
export function addCompletion({ gateway, command }: Commands): void {
  const { registeredArguments } = command(
    gateway,
    'completion <shell>',
    'print the completion of a shell, made of the commands that there are',
    [],
    async ({ shell }) => {
      const script = scripts[shell as Shell](commandsBelow(gateway, []));
      return [{ script }, script.trimEnd()];
    },
  );
  registeredArguments[0]!.choices(shells);
}

interface Path {
  path: string;
  command: Command;
}

function commandsBelow(command: Command, names: string[]): Path[] {
  const below = command.commands.flatMap((child) => commandsBelow(child, [...names, child.name()]));
  return [{ path: names.join(' '), command }, ...below];
}

/** Where a word is expected, the most special places first. */
function placesOf(paths: readonly Path[]): Place[] {
  const afterOptions = paths.flatMap(({ path, command }) =>
    command.options.flatMap(({ long, argChoices }) =>
      argChoices ? [{ at: `${path}|${long}`, words: argChoices }] : [],
    ),
  );
  const afterCommands = paths.map(({ path, command }) => ({
    at: `${path}|*`,
    words: [
      ...command.commands.map((child) => child.name()),
      ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
      ...command.options.map(({ long }) => long!),
      '--help',
    ],
  }));
  return [...afterOptions, ...afterCommands];
}

/** A pattern of bash and zsh: quoted, but for a star at its end. */
const pattern = (at: string): string => (at.endsWith('*') ? `'${at.slice(0, -1)}'*` : `'${at}'`);
const patternsOf = (paths: readonly Path[]): string[] => paths.slice(1).map(({ path }) => `'${path}'`);

/** `at` are the commands so far, `last` is the word before the one to complete. `path` is zsh's own variable. */
const scripts = {
  bash: (paths: readonly Path[]) => `# eval "$(gateway completion bash)"
_gateway() {
  local at='' last='' word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${at:+$at }$word" in ${patternsOf(paths).join('|')}) at="\${at:+$at }$word" ;; esac
    last=$word
  done
  case "$at|$last" in
${placesOf(paths)
  .map(({ at, words }) => `    ${pattern(at)}) words='${words.join(' ')}' ;;`)
  .join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _gateway gateway
`,
  zsh: (paths: readonly Path[]) => `# after compinit: eval "$(gateway completion zsh)"
_gateway() {
  local at='' last='' word list
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${at:+$at }$word" in (${patternsOf(paths).join('|')}) at="\${at:+$at }$word" ;; esac
    last=$word
  done
  case "$at|$last" in
${placesOf(paths)
  .map(({ at, words }) => `    (${pattern(at)}) list='${words.join(' ')}' ;;`)
  .join('\n')}
  esac
  compadd -- \${=list} || _files
}
compdef _gateway gateway
`,
  fish: (paths: readonly Path[]) => `# gateway completion fish | source
function __gateway_words
  set -l at ''
  set -l last ''
  for word in (commandline -opc)[2..]
    set -l longer (string trim -- "$at $word")
    contains -- $longer ${patternsOf(paths).join(' ')}; and set at $longer
    set last $word
  end
  switch "$at|$last"
${placesOf(paths)
  .map(({ at, words }) => `    case '${at}'\n      printf '%s\\n' ${words.join(' ')}`)
  .join('\n')}
  end
end
complete -c gateway -a '(__gateway_words)'
`,
};
