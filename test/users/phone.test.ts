import type { CountryCode } from 'libphonenumber-js/max';
import { expect, test } from 'vitest';
import fc from 'fast-check';
import { phoneParts, readPhone } from '../../src/users/phone.ts';
import { johnDoe, openGateway } from '../support/gateway.ts';

/** What is written where, and what is kept: null is refused, a pair are the two readings that the refusal names. */
const table: [CountryCode, string, string | null | [string, string]][] = [
  ['ID', '+62 811 2233 4455', '6281122334455'],
  ['ID', '62213456789', '62213456789'],
  ['ID', '021-3456789', '62213456789'],
  ['ID', '0621 23456', '6262123456'],
  ['ID', '6591234568', ['626591234568', '6591234568']],
  ['ID', '110', null],
  // Without a national prefix.
  ['SG', '9123 4567', '6591234567'],
  ['SG', '6591234567', '6591234567'],
  ['SG', '65912345', '6565912345'],
  ['SG', '06591234567', null],
  ['SG', '6281122334455', '6281122334455'],
  // The 0 is a part of the number, and gets lost as well.
  ['IT', '06 1234 5678', '390612345678'],
  ['IT', '+39 06 1234 5678', '390612345678'],
  ['IT', '390612345678', '390612345678'],
  ['IT', '612345678', '390612345678'],
  ['IT', '312 345 6789', '393123456789'],
  // The national prefix is the calling code.
  ['US', '(415) 555-2671', '14155552671'],
  ['US', '1 415 555 2671', '14155552671'],
  ['US', '0415 555 267', null],
  ['US', '201-555-0123', ['12015550123', '2015550123']],
  ['CA', '+1 604 555 0123', '16045550123'],
  // The national prefix is 8, as is the beginning of foreign codes.
  ['RU', '8 912 345-67-89', '79123456789'],
  ['RU', '9123456789', '79123456789'],
  ['RU', '8 495 123-45-67', ['74951234567', '84951234567']],
  ['HU', '06 20 123 4567', '36201234567'],
  ['GB', '020 7183 8750', '442071838750'],
  ['DE', '+49 123456789012345', null],
];

test.each(table)('in %s %j is %j', (country, phone, expected) => {
  const [national, foreign] = Array.isArray(expected) ? expected : [];
  const read = readPhone(phone, country);
  if (foreign === undefined) expect(read).toEqual(expected ?? { wrong: undefined });
  else {
    expect(read).toEqual({
      wrong: expect.stringMatching(`two readings, \\+${national} and \\+${foreign}: write \\+…`),
    });
    expect(readPhone(phone, country, true)).toBe(national);
  }
});

test.each(['+8616767325', '008616767325', '+86 1676-7325'])(
  '%s, which is possible but not valid, is refused where its digits are a valid national number',
  (phone) => {
    expect(readPhone(phone, 'ID')).toEqual({
      wrong: 'phone +8616767325 is not a valid number, and without its plus it would be read as +628616767325',
    });
    // No other number has these digits there.
    expect(readPhone(phone, 'US')).toBe('8616767325');
  },
);

test('a phone as it is kept is the same or refused when it is sent again, and never another one', () => {
  const codes = ['62', '65', '1', '44', '49', '39', '86', '81', '60', '7', '374', '850'];
  fc.assert(
    fc.property(
      fc.constantFrom<CountryCode>('ID', 'SG', 'US', 'GB', 'DE', 'IT'),
      fc.constantFrom('', '0', '00', ...codes, ...codes.map((code) => `+${code}`), ...codes.map((code) => `00${code}`)),
      fc.stringMatching(/^[0-9]{5,12}$/),
      fc.boolean(),
      (country, begin, rest, preferNational) => {
        const kept = readPhone(begin + rest, country, preferNational);
        if (typeof kept !== 'string') return;
        const again = readPhone(kept, country);
        if (typeof again === 'string') expect(again).toBe(kept);
      },
    ),
    { numRuns: 3_000 },
  );
});

test.each<[CountryCode, string, string]>([
  ['ID', '+62 (0)812', '62812'],
  ['ID', '+620812', '62812'],
  ['ID', '62 0812', '62812'],
  ['ID', '0062 0812', '62812'],
  ['ID', '+44 (0)20', '4420'],
  ['IT', '+39 06', '3906'],
])('in %s a filter by %j finds what begins with %s', (country, filter, digits) => {
  expect(phoneParts(filter, country)).toContain(digits);
});

test('DEFAULT_COUNTRY decides how a phone, and a filter by one, is read', async () => {
  const gateway = await openGateway({ env: { DEFAULT_COUNTRY: 'RU' } });
  const { token } = await gateway.company('RUKR');
  expect((await gateway.rest(token, { ...johnDoe, phone: '8 912 345-67-89' })).status).toBe(200);
  for (const phone of ['8 912 345-67-89', '8912 3456789', '912345', '%2B7 912'])
    expect((await gateway.get(`/ruangkerja/users?page=1&pageSize=1&phone=${phone}`, token)).body.data.items).toEqual([
      expect.objectContaining({ phone: '79123456789' }),
    ]);
  expect((await gateway.rest(token, { ...johnDoe, employeeID: 'E2', email: null, phone: '79123456789' })).body).toEqual(
    {
      errorCode: 10103,
      message: 'USER_PHONE_EXISTS',
      detail: 'user phone already been taken',
    },
  );
});
