/** English and Indonesian, as Excel shortens them. */
const month = '(?:jan|feb|mar|apr|may|mei|jun|jul|aug|agu|agt|sep|oct|okt|nov|dec|des)[a-z]*';
const date = new RegExp(
  String.raw`^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}[-/. ]${month}(?:[-/. ]\d{2,4})?|${month}[-/. ]\d{1,4})(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?$`,
  'i',
);

/** What a spreadsheet or a hand did to a cell that was refused, as far as it shows; null when nothing does. */
export function hintFor(field: string | undefined, cell: string): string | null {
  const text = cell.trim();
  if (/^[+-]?\d+(?:[.,]\d+)?E[+-]?\d+$/i.test(text))
    return 'Excel shortened this number and its digits are lost: format the column as text and fill it in again';
  if (/^#(?:N\/A|REF!|NAME\?|VALUE!|DIV\/0!|NULL!|NUM!)$/i.test(text) || /^#+$/.test(text))
    return 'this is an error of a spreadsheet, not a value';
  if ((field === 'employeeID' || field === 'username') && date.test(text))
    return 'Excel made a date of this: format the column as text and fill it in again';
  if ((field === 'employeeID' || field === 'username') && text !== '' && text !== cell)
    return 'a space stands before or after it';
  if (field === 'phone' && /^[1-9]\d+$/.test(text)) return 'Excel drops leading zeros: is one missing here?';
  if (field === 'isActive') return 'it reads true/false, 1/0, yes/no, ya/tidak and aktif/nonaktif';
  return null;
}

/** Whether a phone came without the 0 or the country code that it needs, and was read as a national number: Excel drops leading zeros. */
export function lostLeadingZero(given: string, kept: string): boolean {
  const digits = given.replace(/\D/g, '');
  return !given.includes('+') && /^[1-9]/.test(digits) && kept !== digits && kept.endsWith(digits);
}
