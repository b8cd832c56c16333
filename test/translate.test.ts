import { expect, test } from 'vitest';
import { translateBy } from '../src/translate.ts';

const translate = translateBy({
  'Nothing to list.': 'Tidak ada isinya.',
  '{n} rows': '{n} baris',
  '{} is wrong, it must be {…}': '{} salah, seharusnya {…}',
  '{} must be {}': '{} harus {}',
  'a port, e.g. {}': 'port, mis. {}',
  'the file {} in {} is not one': 'berkas {} di {} bukan itu',
});

test.each([
  ['a sentence', 'Nothing to list.', 'Tidak ada isinya.'],
  ['a value stays as it is', 'X must be 1,234 rows', 'X harus 1,234 rows'],
  ['a number gets the marks of the other language', '1,234.5 rows', '1.234,5 baris'],
  ['a number is nothing else', 'some rows', 'some rows'],
  ['a sentence within a sentence', 'PORT is wrong, it must be a port, e.g. 1', 'PORT salah, seharusnya port, mis. 1'],
  ['an unknown one within it', 'X is wrong, it must be blue', 'X salah, seharusnya blue'],
  ['an unknown line', 'What is this?', 'What is this?'],
  ['the name of a property of every object', 'constructor', 'constructor'],
  ['a part that overlaps another', 'the file a in is not one', 'the file a in is not one'],
  ['an empty value', 'the file  in b is not one', 'the file  in b is not one'],
  ['lines one by one', 'Nothing to list.\n\n2 rows', 'Tidak ada isinya.\n\n2 baris'],
  ['a table', 'name  value\nX     2 rows', 'name  value\nX     2 rows'],
  ['two spaces in a quoted value', 'X must be "a  \\" b"', 'X harus "a  \\" b"'],
])('%s: %j', (_, text, translated) => {
  expect(translate(text)).toBe(translated);
});
