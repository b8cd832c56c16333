import {
  type CountryCallingCode,
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { flawOf, isWrong, type Wrong } from '../text.ts';

/** The most digits of a number, with its country's code (E.164). */
const maxDigits = 15;
/** UTF-16 units: digits with all the punctuation that contacts, spreadsheets and messengers put between them. */
const maxLength = 200;

/** Spaces, line ends, format characters, dashes (U+2212 is a minus sign), brackets, dots and slashes. */
const punctuation = /[\t\r\n\p{Z}\p{Cf}\p{Pd}\u2212\p{Ps}\p{Pe}./]/gu;

/**
 * Reads a phone as digits of E.164 without the plus; null when empty. Numbering plans change. So a number that shows
 * its kind (by a plus, 00, a national 0 or the country's own code) needs only a possible length. Other digits are a
 * national number that lost its 0, or a foreign one without its plus: the reading that is a valid number counts. Kept
 * digits that are sent again are the same number or refused: digits that would become another number are refused at
 * once.
 * @param country the country whose numbers need no code
 * @param preferNational whether the national one of two valid readings counts; else the phone is refused and both are
 * named
 */
export function readPhone(value: unknown, country: CountryCode, preferNational = false): string | null | Wrong {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') return { wrong: 'phone must be a string' };
  const given = value.trim();
  if (given === '') return null;
  const text = withoutPunctuation(given);
  if (isWrong(text)) return text;
  const kept = readDigits(text, country, preferNational);
  return isWrong(kept) ? kept : (flawOfKept(kept, text, country) ?? kept);
}

/**
 * Digits that would be read as another number: `+8616767325` is possible but not valid, `8616767325` valid in
 * Indonesia.
 */
function flawOfKept(kept: string, text: string, country: CountryCode): Wrong | null {
  if (kept === text || kept.startsWith(getCountryCallingCode(country))) return null;
  const again = readDigits(kept, country, false);
  if (isWrong(again) || again === kept) return null;
  return { wrong: `phone +${kept} is not a valid number, and without its plus it would be read as +${again}` };
}

/** @param text digits, with or without a plus in front */
function readDigits(text: string, country: CountryCode, preferNational: boolean): string | Wrong {
  const invalid = { wrong: undefined };
  if (text.startsWith('+')) return possible(text) ?? invalid;
  if (text.startsWith('00')) return possible(`+${text.slice(2)}`) ?? invalid;
  const code = getCountryCallingCode(country);
  if (text.startsWith('0')) {
    const number = possible(text, country);
    // Few countries keep the 0, as Italy does; elsewhere a number with it is not a number.
    return (number?.startsWith(`${code}0`) ? valid(text, country) : number) ?? invalid;
  }
  const own = text.startsWith(code) ? possible(`+${text}`) : null;
  if (own !== null) return own;

  // Some countries' numbers begin with a 0 of their own, as Italy's do; spreadsheets drop it too.
  const withZero = valid(`0${text}`, country);
  const national = valid(text, country) ?? withZero;
  const foreign = valid(`+${text}`);
  if (national === null || foreign === null || national === foreign || preferNational)
    return national ?? foreign ?? invalid;
  return {
    wrong:
      `phone has two readings, +${national} and +${foreign}: ` +
      (national === withZero ? 'write +… or 0…' : 'write +…'),
  };
}

/**
 * Returns the digits to search stored phones for when a caller writes a part of a phone: the digits of the text, those
 * of the number that it reads as, and, when it begins like a national number, those behind the country's code. A phone
 * that contains one of them matches. Empty when no phone contains the text.
 */
export function phoneParts(text: string, country: CountryCode): string[] {
  const part = withoutPunctuation(text.trim());
  if (isWrong(part)) return [];
  const digits = part.replace(/^\+|^\+?00/, '');
  const parts = [digits];
  if (part.startsWith('0')) {
    const code = getCountryCallingCode(country);
    // Italy's numbers keep the 0 behind the country's code.
    parts.push(part, code + part.slice(1), code + part);
  }
  parts.push(...withoutTrunkZero(digits, part === digits ? [country] : getCountries()));
  const whole = readPhone(text, country, true);
  if (typeof whole === 'string') parts.push(whole);
  return [...new Set(parts)].filter((one) => one !== '');
}

/**
 * Returns `62812` for `620812`, which is `+62 (0)812`: digits with the code of one of the countries and a 0 after it.
 */
function withoutTrunkZero(digits: string, countries: readonly CountryCode[]): string[] {
  const codes = new Set(countries.map((country) => getCountryCallingCode(country)));
  return [1, 2, 3]
    .filter((length) => digits[length] === '0' && codes.has(digits.slice(0, length) as CountryCallingCode))
    .map((length) => digits.slice(0, length) + digits.slice(length + 1));
}

/** Returns the digits, with or without a plus in front. */
function withoutPunctuation(given: string): string | Wrong {
  // A tab or a line end is punctuation here, not a control character.
  const flaw = given.length > maxLength ? { wrong: undefined } : flawOf(given.replace(/[\t\r\n]/g, ''), 'phone');
  if (flaw) return flaw;
  const folded = given.replace(/[\uFF01-\uFF5E]/g, (fullWidth) => fullWidth.normalize('NFKC'));
  const text = folded.replace(punctuation, '');
  return /^\+?[0-9]+$/.test(text) ? text : { wrong: undefined };
}

function possible(text: string, country?: CountryCode): string | null {
  return parsed(text, country, (number) => number.isPossible());
}

function valid(text: string, country?: CountryCode): string | null {
  return parsed(text, country, (number) => number.isValid());
}

type Parsed = NonNullable<ReturnType<typeof parsePhoneNumberFromString>>;

/**
 * Returns the digits of a number that reads as itself again; one with two zeros after its code would lose the second.
 */
function parsed(text: string, country: CountryCode | undefined, accept: (number: Parsed) => boolean): string | null {
  const number = parsePhoneNumberFromString(text, { ...(country && { defaultCountry: country }), extract: false });
  if (!number || number.ext || number.number.length > maxDigits + 1 || !accept(number)) return null;
  const isStable =
    number.number === text || parsePhoneNumberFromString(number.number, { extract: false })?.number === number.number;
  return isStable ? number.number.slice(1) : null;
}
