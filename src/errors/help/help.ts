import type { ErrorName } from '../error-dictionary.ts';
import { enCalls } from './en-calls.ts';
import { enUsers } from './en-users.ts';
import { idCalls } from './id-calls.ts';
import { idUsers } from './id-users.ts';

/** What the page of an error says beside its row of the dictionary. */
export interface Help {
  meaning: string;
  causes: readonly string[];
  remedy: string;
}

/** The languages of the explanations. */
export type HelpLanguage = 'en' | 'id';
/** The errors about a user. */
export type UserErrorName = Extract<ErrorName, `USER_${string}`>;
/** The other errors. */
export type CallErrorName = Exclude<ErrorName, UserErrorName>;
/** An explanation for each of these errors: the compiler misses none. */
export type HelpOf<Name extends ErrorName> = Readonly<Record<Name, Help>>;

/** Explains every error of the dictionary, in each language. */
export const errorHelp: Readonly<Record<HelpLanguage, HelpOf<ErrorName>>> = {
  en: { ...enUsers, ...enCalls },
  id: { ...idUsers, ...idCalls },
};
