import { type Command, Option } from 'commander';
import type { Scope } from '../access/ports.ts';
import type { Environment } from '../gateway/config.ts';
import type { Locale } from '../mail/ports.ts';
import { Failure } from './failure.ts';
import type { Opened } from './open.ts';
import { makeProgress, type Progress } from './progress.ts';

export interface Terminal {
  env: Environment;
  out: (text: string) => void;
  err: (text: string) => void;
  /** Standard error for a progress line, which draws over itself; nothing of a stranger's may be in it. Without it `err`. */
  draw?: (text: string) => void;
  /** Stops a long command as Ctrl-C does. */
  signal?: AbortSignal;
}

export type Options = Record<'code' | 'name' | 'company' | 'clientID' | 'id' | 'file' | 'from' | 'to', string> & {
  dryRun?: boolean;
  scope: Scope[];
  limit: number;
  mailLocale?: Locale;
  parent?: string;
  inactive?: boolean;
  state?: 'queued' | 'sent' | 'dead';
};
/** What `--json` prints, and what a person reads. */
export type Answer = [value: unknown, text: string];

export const json = new Option('--json', 'print one JSON value and nothing else');

export type Commands = ReturnType<typeof makeCommands>;

/** How each group adds its commands to `gateway`. */
export function makeCommands(gateway: Command, { env, out, err, draw = err, signal }: Terminal) {
  function group(name: string, description: string): Command {
    return gateway.command(name).description(description).exitOverride();
  }

  /** A command that prints the JSON value or the text; `inform` shows how far it came, on standard error and not with `--json`. */
  function command(
    parent: Command,
    usage: string,
    description: string,
    options: Option[],
    run: (given: Options, inform: (label: string, unit: string) => Progress) => Promise<Answer>,
  ): void {
    const command = parent.command(usage).description(description).addOption(json).exitOverride();
    for (const option of options) command.addOption(option);
    command.action(async (...given) => {
      const named = Object.fromEntries(
        command.registeredArguments.map((argument, index) => [argument.name(), given[index]]),
      );
      const { json: asJson, ...values } = command.optsWithGlobals();
      const shown = { write: asJson ? () => undefined : draw, isTerminal: process.stderr.isTTY === true };
      const [value, text] = await run({ ...values, ...named } as Options, (label, unit) =>
        makeProgress(label, unit, shown),
      );
      out(`${asJson ? JSON.stringify(value) : text}\n`);
    });
  }

  type Work = (given: Options, opened: Opened) => Promise<Answer>;

  function withDatabase(readOnly: boolean, work: Work) {
    return async (given: Options): Promise<Answer> => {
      // Loaded here, half a second: help and wrong usage answer without it, and leave no database behind.
      const { open } = await import('./open.ts');
      const opened = await open(env, { readOnly });
      try {
        return await work(given, opened);
      } finally {
        await opened.close();
      }
    };
  }

  /** A command that writes: creates the database where there is none, and migrates it. */
  function action(parent: Command, usage: string, description: string, options: Option[], work: Work): void {
    command(parent, usage, description, options, withDatabase(false, work));
  }

  /** A command that only reads: creates and migrates nothing. */
  function query(parent: Command, usage: string, description: string, options: Option[], work: Work): void {
    command(parent, usage, description, options, withDatabase(true, work));
  }

  /** Work that a Ctrl-C ends in order. */
  async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    const interrupt = () => abort.abort(new Failure('stopped, nothing is left behind'));
    if (signal?.aborted) interrupt();
    signal?.addEventListener('abort', interrupt, { once: true });
    // Not once: under npm a Ctrl-C comes twice, from the terminal and forwarded.
    process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
    try {
      return await work(abort.signal);
    } finally {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    }
  }

  return { gateway, env, group, command, action, query, interruptible };
}
