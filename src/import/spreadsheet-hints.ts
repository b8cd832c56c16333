/** Months in English and Indonesian, as Excel shortens them. */
const month = '(?:jan|feb|mar|apr|may|mei|jun|jul|aug|agu|agt|sep|oct|okt|nov|dec|des)[a-z]*';
const dates = [
  String.raw`\d{4}[-/.]\d{1,2}[-/.]\d{1,2}`,
  String.raw`\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}`,
  String.raw`\d{1,2}[-/. ]${month}(?:[-/. ]\d{2,4})?`,
  String.raw`${month}[-/. ]\d{1,4}`,
];
const time = String.raw`[ T]\d{1,2}:\d{2}(?::\d{2})?`;
const dateTime = new RegExp(`^(?:${dates.join('|')})(?:${time})?$`, 'i');

/** Explains what a spreadsheet or a person did to a rejected cell; null when the cell does not show it. */
export function hintFor(field: string | undefined, cell: string): string | null {
  const text = cell.trim();
  if (/^[+-]?\d+(?:[.,]\d+)?E[+-]?\d+$/i.test(text))
    return 'Excel shortened this number and its digits are lost: format the column as text and fill it in again';
  if (/^#(?:N\/A|REF!|NAME\?|VALUE!|DIV\/0!|NULL!|NUM!)$/i.test(text) || /^#+$/.test(text))
    return 'this is an error of a spreadsheet, not a value';
  if ((field === 'employeeID' || field === 'username') && dateTime.test(text))
    return 'Excel made a date of this: format the column as text and fill it in again';
  if ((field === 'employeeID' || field === 'username') && text !== '' && text !== cell)
    return 'a space stands before or after it';
  if (field === 'phone' && /^[1-9]\d+$/.test(text)) return 'Excel drops leading zeros: is one missing here?';
  if (field === 'isActive')
    return 'it reads true/false, 1/0, yes/no, y/n, ya/tidak, aktif/nonaktif, active/inactive, on/off and benar/salah';
  return null;
}

/**
 * Whether a phone lacked the 0 or the country code that it needs and was read as a national number: Excel drops leading
 * zeros.
 * @param cell as it stands in the file
 * @param stored digits of E.164
 */
export function lostLeadingZero(cell: string, stored: string): boolean {
  const digits = cell.replace(/\D/g, '');
  return !cell.includes('+') && /^[1-9]/.test(digits) && stored !== digits && stored.endsWith(digits);
}

/** Whether Excel may have cut a number: it keeps 15 digits and replaces the rest by zeros. */
export function mayHaveLostDigits(cell: string): boolean {
  return /^[1-9]\d{14}0+$/.test(cell.trim());
}

/** Whether a cell has the form of a national identity number (the NIK of Indonesia's KTP). */
export function isNationalID(cell: string): boolean {
  return /^\d{16}$/.test(cell.trim());
}
