import { randomText } from '../text.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const lettersAndDigits = `${letters}0123456789`;

/**
 * Makes a serial like `JOHNILXV3QAJJEL3`: the first four letters of the name after NFKD, filled up, and 12 of A-Z 0-9.
 */
export function userSerial(name: string): string {
  const own = name
    .normalize('NFKD')
    .toUpperCase()
    .replace(/[^A-Z]/g, '')
    .slice(0, 4);
  return own + randomText(letters, 4 - own.length) + randomText(lettersAndDigits, 12);
}

/** Makes a serial like `RUKRTAG-9WHL0JGP`: the code of the company, `TAG-` and 8 of A-Z 0-9. */
export function tagSerial(companyCode: string): string {
  return `${companyCode}TAG-${randomText(lettersAndDigits, 8)}`;
}

/** Makes a serial like `COMPFJLYTHWL`: `COMP` and 8 of A-Z 0-9. */
export function organizationSerial(): string {
  return `COMP${randomText(lettersAndDigits, 8)}`;
}
