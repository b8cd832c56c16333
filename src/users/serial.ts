import { randomText } from '../text.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const lettersAndDigits = `${letters}0123456789`;

/** First four letters of the name, NFKD-folded and filled up with random ones, and 12 of A-Z 0-9: `JOHNILXV3QAJJEL3`. */
export function userSerial(name: string): string {
  const own = name
    .normalize('NFKD')
    .toUpperCase()
    .replace(/[^A-Z]/g, '')
    .slice(0, 4);
  return own + randomText(letters, 4 - own.length) + randomText(lettersAndDigits, 12);
}

/** Company code, `TAG-` and 8 of A-Z 0-9: `RUKRTAG-9WHL0JGP`. */
export function tagSerial(companyCode: string): string {
  return `${companyCode}TAG-${randomText(lettersAndDigits, 8)}`;
}

/** `COMP` and 8 of A-Z 0-9: `COMPFJLYTHWL`. */
export function organizationSerial(): string {
  return `COMP${randomText(lettersAndDigits, 8)}`;
}
