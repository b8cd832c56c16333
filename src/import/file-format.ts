import { CannotImport } from './ports.ts';

/** What a file that is not CSV text begins with, byte by byte, and its name. */
const formats: readonly [RegExp, string][] = [
  [/^PK\p{Cc}{2}[^]{0,99}mimetypeapplication\/vnd\.oasis\.opendocument/u, 'an OpenDocument spreadsheet'],
  [/^PK\p{Cc}{2}[^]*?(?:\[Content_Types\]\.xml|xl\/|_rels\/|docProps\/)/u, 'an Excel workbook'],
  [/^\xd0\xcf\p{Cc}\xe0/u, 'an Excel workbook'],
  [/^PK\p{Cc}{2}/u, 'a ZIP archive'],
  [/^\p{Cc}\x8b/u, 'a gzip archive'],
  [/^(?:BZh\d|\xfd7zXZ|7z\xbc\xaf|Rar!|\x28\xb5\x2f\xfd)/, 'a compressed archive'],
  [/^%PDF-/, 'a PDF'],
  [/^(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|\?xml|meta|style)/i, 'a web page or XML'],
  [/^(?:\xff\xfe|\xfe\xff|\0[^]|[^]\0)/, 'a file in UTF-16'],
];

/**
 * Throws `CannotImport`, with the name of the format and the way out, for the first bytes of a file of another
 * format.
 */
export function refuseOtherFormats(start: Uint8Array): void {
  // Not TextDecoder: its Latin-1 is Windows-1252, which has other characters for 80 to 9F.
  const text = Array.from(start, (byte) => String.fromCharCode(byte)).join('');
  const [, format] = formats.find(([beginning]) => beginning.test(text)) ?? [];
  if (format?.endsWith('archive'))
    throw new CannotImport(`this is ${format}: unpack it, and import the CSV file in it`);
  if (format) throw new CannotImport(`this is ${format}: in Excel, save it as "CSV UTF-8"`);
}
