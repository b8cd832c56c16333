import type { Command, Option } from 'commander';
import type { Scope } from '../access/ports.ts';
import type { Environment } from '../gateway/config.ts';
import type { Locale } from '../mail/ports.ts';
import { makeTranslate } from './language.ts';
import { CommandError } from './command-error.ts';
import type { Opened } from './open.ts';
import { jsonOption } from './options.ts';
import { makeProgress, type Progress } from './progress.ts';

/** What a command has of its process. */
export interface Terminal {
  env: Environment;
  out: (text: string) => void;
  err: (text: string) => void;
  /** Standard error for a progress line, which overwrites itself; it gets no text of a stranger. Without it `err`. */
  draw?: (text: string) => void;
  /** Stops a long command like Ctrl-C. */
  signal?: AbortSignal;
}

/** The parsed arguments and options of all commands. */
export type Options = Record<
  'code' | 'name' | 'company' | 'clientID' | 'id' | 'serial' | 'shell' | 'file' | 'from' | 'to',
  string
> & {
  dryRun?: boolean;
  scope: Scope[];
  limit: number;
  mailLocale?: Locale;
  /** Empty for that of the installation. */
  signInUrl?: string;
  replyTo?: string;
  parent?: string;
  inactive?: boolean;
  state?: 'queued' | 'sent' | 'dead';
  all?: boolean;
  error?: string;
  domain?: string;
  /** Milliseconds. */
  olderThan?: number;
};

/** What `--json` prints, and what a person reads. */
export type Answer = [value: unknown, text: string];

/** Starts a progress line on standard error; with `--json` it shows nothing. */
export type StartProgress = (label: string, unit: string) => Progress;

/** Writes a line for a person on standard error, above a progress line; with `--json` it writes nothing. */
export type Say = (text: string) => void;

/** Adds the commands of a group to `gateway`. */
export type Commands = ReturnType<typeof makeCommands>;

type Work = (options: Options, opened: Opened) => Promise<Answer>;

/** Makes the verbs by which each group adds its commands to `gateway`. */
export function makeCommands(gateway: Command, terminal: Terminal) {
  const { env, out } = terminal;
  const translate = makeTranslate(env);

  function group(name: string, description: string): Command {
    return gateway.command(name).description(description).exitOverride();
  }

  /** Adds a command that prints the JSON value or the text of its answer. */
  function command(
    parent: Command,
    usage: string,
    description: string,
    options: Option[],
    run: (options: Options, startProgress: StartProgress, say: Say) => Promise<Answer>,
  ): Command {
    const command = parent.command(usage).description(description).addOption(jsonOption()).exitOverride();
    for (const option of options) command.addOption(option);
    command.action(async (...words) => {
      const named = Object.fromEntries(
        command.registeredArguments.map((argument, index) => [argument.name(), words[index]]),
      );
      const { json, ...values } = command.optsWithGlobals();
      const [value, text] = await run(
        { ...values, ...named } as Options,
        progressOf(terminal, json),
        sayOn(terminal, json),
      );
      out(`${json ? JSON.stringify(value) : translate(text)}\n`);
    });
    return command;
  }

  function withDatabase(mode: { readOnly?: boolean; mustExist?: boolean }, work: Work) {
    return async (options: Options, _: StartProgress, say: Say): Promise<Answer> => {
      // Loading takes half a second. Help and wrong usage answer without it, and leave no database behind.
      const { open } = await import('./open.ts');
      const opened = await open(env, say, mode);
      try {
        return await work(options, opened);
      } finally {
        await opened.close();
      }
    };
  }

  /** Adds a command that writes. It creates the database if there is none, and migrates it. */
  function action(parent: Command, usage: string, description: string, options: Option[], work: Work): void {
    command(parent, usage, description, options, withDatabase({}, work));
  }

  /** Adds a command that changes something that exists, or adds to it. It migrates the database, and creates none. */
  function change(parent: Command, usage: string, description: string, options: Option[], work: Work): void {
    command(parent, usage, description, options, withDatabase({ mustExist: true }, work));
  }

  /** Adds a command that only reads. It creates and migrates nothing. */
  function query(parent: Command, usage: string, description: string, options: Option[], work: Work): void {
    command(parent, usage, description, options, withDatabase({ readOnly: true }, work));
  }

  /** Runs work that Ctrl-C stops in an orderly way. */
  async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    const release = onInterrupt(terminal.signal, () =>
      abort.abort(new CommandError('stopped, nothing is left behind')),
    );
    return work(abort.signal).finally(release);
  }

  return { gateway, env, translate, group, command, action, change, query, interruptible };
}

/** Makes the progress lines of a command. */
export function progressOf({ env, err, draw = err }: Terminal, json: boolean | undefined): StartProgress {
  const shown = {
    write: json ? () => undefined : draw,
    isTerminal: process.stderr.isTTY === true,
    translate: makeTranslate(env),
  };
  return (label, unit) => makeProgress(label, unit, shown);
}

/** Makes the function that tells a person something while a command runs. */
export function sayOn({ err, draw = err }: Terminal, json: boolean | undefined): Say {
  return (text) => {
    if (json) return;
    if (process.stderr.isTTY) draw('\r\u001b[K');
    err(`${text}\n`);
  };
}

/**
 * Calls `interrupt` at each Ctrl-C and when the signal of the terminal is aborted, at once if it already is. Under npm
 * a Ctrl-C comes twice, from the terminal and forwarded.
 * @returns a function that ends it
 */
export function onInterrupt(signal: AbortSignal | undefined, interrupt: () => void): () => void {
  if (signal?.aborted) interrupt();
  signal?.addEventListener('abort', interrupt, { once: true });
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return () => {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  };
}
