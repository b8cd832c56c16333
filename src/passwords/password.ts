import { isFarTooLong, lengthOf, randomText } from '../text.ts';

/** 57 letters and digits without the look-alikes 0 O 1 l I: 22 of them hold 128 bits. */
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

/** Straight runs over a keyboard or the alphabet; each is read in both directions and around its end. */
const runs = [
  'abcdefghijklmnopqrstuvwxyz',
  '1234567890',
  'qwertyuiopasdfghjklzxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  'qazwsxedcrfvtgbyhnujmikolp',
].flatMap((run) => {
  const around = run + run;
  return [around, [...around].reverse().join('')];
});

/** Returns a random password of 22 characters, 128 bits, from the system's generator; longer if `minLength` is. */
export function generatePassword(minLength: number): string {
  return randomText(alphabet, Math.max(22, minLength));
}

/**
 * Judges a password that somebody chose; lengths are code points after NFKC.
 * Source: NIST SP 800-63B-4 section 3.1.1.2 (length, a list of common values, no composition rules).
 */
export function passwordProblem(
  password: string,
  ownData: readonly string[],
  rules: { passwordMinLength: number; commonPasswords: ReadonlySet<string> },
): 'USER_PASSWORD_INVALID' | 'USER_PASSWORD_COMPROMISED' | null {
  if (isFarTooLong(password, 128)) return 'USER_PASSWORD_INVALID';
  const normal = password.normalize('NFKC');
  const length = lengthOf(normal);
  if (length < rules.passwordMinLength || length > 128) return 'USER_PASSWORD_INVALID';
  const folded = normal.toLowerCase();
  const guessable =
    rules.commonPasswords.has(folded) ||
    /^(.{1,4})\1+$/su.test(folded) ||
    runs.some((run) => run.includes(folded)) ||
    lengthOf(withoutOwnData(folded, ownData)) < 8;
  return guessable ? 'USER_PASSWORD_COMPROMISED' : null;
}

/** Pieces of one or two characters stay: nearly every strong password contains some letter of a name. */
function withoutOwnData(folded: string, ownData: readonly string[]): string {
  return ownData
    .map((piece) => piece.normalize('NFKC').toLowerCase())
    .filter((piece) => lengthOf(piece) >= 3)
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, piece) => rest.replaceAll(piece, ''), folded);
}

/**
 * Words and passwords that attackers try first, lower case, of 8 characters or more (shorter ones are refused for
 * their length). Source: the word lists of zxcvbn-ts; about 0.2 s to load.
 */
export async function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  const packs = await Promise.all([
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-id'),
    import('@zxcvbn-ts/language-en'),
  ]);
  const words = packs.flatMap((pack) => Object.values<readonly string[]>(pack.dictionary)).flat();
  return new Set(words.filter((word) => word.length >= 8).map((word) => word.normalize('NFKC').toLowerCase()));
}
