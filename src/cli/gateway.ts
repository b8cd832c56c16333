import { Command, CommanderError } from 'commander';
import { Refusal } from '../errors/error-dictionary.ts';
import { readVersion } from '../gateway/version.ts';
import { addBackup } from './backup.ts';
import { addClient } from './client.ts';
import { makeCommands, type Terminal } from './command.ts';
import { CommandError, dictionarySentence } from './command-error.ts';
import { addCompany } from './company.ts';
import { addCompletion } from './completion.ts';
import { addDoctor } from './doctor.ts';
import { addExamples } from './examples.ts';
import { makeTranslate, translateHelp } from './language.ts';
import { addImport } from './import.ts';
import { addMail } from './mail.ts';
import { addMigrateData } from './migrate-data.ts';
import { jsonOption } from './options.ts';
import { addOrganization } from './organization.ts';
import { addTag } from './tag.ts';
import { visible } from '../terminal.ts';
import { addToken } from './token.ts';
import { addUser } from './user.ts';

/**
 * Makes the command `gateway` with all its commands.
 * @param end gets the exit code of a command that ends neither well nor with an error
 */
export function makeGateway(terminal: Terminal, end: (exitCode: number) => void): Command {
  const { out, err } = terminal;
  const gateway = new Command('gateway')
    .description(
      'Companies, clients, tags, organizations, users and mails of the gateway in DATABASE_URL; ' +
        'its backup and its move to Postgres.',
    )
    .addOption(jsonOption())
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err })
    .configureHelp({ showGlobalOptions: true });
  const commands = makeCommands(gateway, terminal);
  addCompany(commands);
  addClient(commands);
  addToken(commands);
  addOrganization(commands);
  addTag(commands);
  addUser(commands);
  addMail(commands);
  addBackup(commands);
  addMigrateData(commands);
  addDoctor(commands, end);
  addImport(gateway, terminal, end);
  addCompletion(commands);
  const translate = makeTranslate(terminal.env);
  addExamples(gateway, translate);
  translateHelp(gateway, translate);
  return gateway;
}

/**
 * Runs one command of an operator. With `--json` it prints exactly one JSON value.
 * @returns the exit code: 0 done, 1 refused, 2 wrong usage, 78 wrong configuration (sysexits.h EX_CONFIG)
 */
export async function runGateway(
  words: readonly string[],
  { env, out: writeOut, err: writeErr, signal }: Terminal,
): Promise<number> {
  const out = (text: string) => writeOut(visible(text));
  // Commander repeats words that it does not understand, and an address may contain a password.
  const translate = makeTranslate(env);
  const err = (text: string) => writeErr(visible(translate(text).replace(/(:\/\/[^\s:@/]*):\S*@/g, '$1:…@')));
  let exitCode = 0;
  const gateway = makeGateway({ env, out, err, draw: writeErr, signal }, (code) => (exitCode = code));
  try {
    await gateway.version(readVersion()).parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    err(`${sentenceOf(error as Error)}\n`);
    return error instanceof CommandError ? error.exitCode : 1;
  }
}

function sentenceOf(error: Error): string {
  const { message, cause } = error;
  if (!(error instanceof Refusal)) return message;
  return dictionarySentence(error.entry, cause instanceof Error ? `${message}: ${cause.message}` : message);
}
