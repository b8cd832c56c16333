import { expect, test } from 'vitest';
import { type PasswordMail, passwordMail } from '../../src/mail/password-mail.ts';

const locales = ['id', 'en'] as const;
const nasty = `<script>alert("x")</script> & 'Ayu' 👩‍💻 עברית`;
const write = (over: Partial<PasswordMail> = {}) =>
  passwordMail({
    name: 'Siti',
    username: null,
    email: 'siti@example.com',
    isActive: true,
    companyName: 'PT Satu',
    password: 'x',
    replacesPassword: false,
    signInUrl: null,
    contact: null,
    locale: 'id',
    ...over,
  });
/** The words of an HTML mail, as a reader sees them. */
const wordsOf = (html: string) =>
  html
    .replace(/^[^]*<main[^>]*>/, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

test.each(locales)('name, company and password are escaped: %s', (locale) => {
  const password = `<b>&amp;"'</b>`;
  const { html, text } = write({ name: nasty, companyName: `PT <i>Satu & Dua</i>`, password, locale });
  expect(html).not.toMatch(/<script|<b>|<i>/);
  expect(html).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;Ayu&#39; 👩‍💻 עברית');
  expect(html).toMatch(/data-password[^>]*>&lt;b&gt;&amp;amp;&quot;&#39;&lt;\/b&gt;<\/p>/);
  expect(html).not.toContain('[object');
  expect(text).toContain(nasty);
});

test.each(locales)('the text holds the exact password on a line of its own: %s', (locale) => {
  const password = '  $& two  spaces $1 ';
  const { text } = write({ companyName: 'PT $& Satu', password, locale });
  expect(text.split('\n').filter((line) => line === password)).toHaveLength(1);
  expect(text).toContain('PT $& Satu');
});

test('each language says to change the password, in one sentence, and declares itself', () => {
  const [indonesian, english] = locales.map((locale) => write({ locale }));
  expect(indonesian!.text.match(/Segera ganti kata sandi ini setelah Anda masuk pertama kali\./g)).toHaveLength(1);
  expect(english!.text.match(/Please change this password right after you sign in for the first time\./g)).toHaveLength(
    1,
  );
  expect(indonesian!.html).toContain('<html lang="id">');
  expect(english!.html).toContain('<html lang="en">');
  expect([indonesian!.subject, english!.subject]).toEqual([
    'Kata sandi akun Anda di PT Satu',
    'Your password for PT Satu',
  ]);
});

test.each(locales)('it says where to sign in, with which username and whom to ask: %s', (locale) => {
  const { text, html } = write({
    username: 'siti',
    signInUrl: 'https://masuk.example.com/?a=1&b="2"',
    contact: 'hr?%&@example.com',
    locale,
  });
  const labels = { id: ['Masuk di', 'Nama pengguna'], en: ['Sign in at', 'Username'] }[locale];
  expect(text).toContain(`${labels[0]}: https://masuk.example.com/?a=1&b="2"\n${labels[1]}: siti\n`);
  expect(text).toContain('hr?%&@example.com');
  expect(html).toContain('href="https://masuk.example.com/?a=1&amp;b=&quot;2&quot;"');
  expect(html).toContain('href="mailto:hr%3F%25%26@example.com"');
});

test.each(locales)('without a username it is the email; what nobody said is not mentioned: %s', (locale) => {
  const { text, html } = write({ locale });
  for (const part of [text, wordsOf(html)]) {
    expect(part).toMatch(/Email: ?siti@example\.com|Email siti@example\.com/);
    expect(part).not.toMatch(/null|undefined|Masuk di|Sign in at|Ada pertanyaan|Questions/);
  }
  expect(html).not.toMatch(/<a |null|undefined|false/);
});

test('a new password says that the old one no longer works, and has a subject of its own', () => {
  const [indonesian, english] = locales.map((locale) => write({ replacesPassword: true, locale }));
  expect([indonesian!.subject, english!.subject]).toEqual([
    'Kata sandi baru akun Anda di PT Satu',
    'Your new password for PT Satu',
  ]);
  for (const part of [indonesian!.text, wordsOf(indonesian!.html)]) {
    expect(part).toContain('Kata sandi yang lama tidak berlaku lagi.');
    expect(part).not.toMatch(/Selamat datang|pertama kali/);
  }
  for (const part of [english!.text, wordsOf(english!.html)]) {
    expect(part).toContain('The old password no longer works.');
    expect(part).not.toMatch(/Welcome|first/);
  }
});

test.each([false, true])('an inactive user is told so and not welcomed; new password: %s', (replacesPassword) => {
  const [indonesian, english] = locales.map((locale) => write({ isActive: false, replacesPassword, locale }));
  for (const part of [indonesian!.text, wordsOf(indonesian!.html)]) {
    expect(part).toContain('Akun ini sedang tidak aktif');
    expect(part).not.toMatch(/Selamat datang|sudah siap/);
  }
  for (const part of [english!.text, wordsOf(english!.html)]) {
    expect(part).toContain('not active at the moment');
    expect(part).not.toMatch(/Welcome|is ready/);
  }
});

test.each(locales)('text and HTML say the same, whatever the mail is about: %s', (locale) => {
  for (const isActive of [true, false])
    for (const replacesPassword of [true, false])
      for (const [username, signInUrl, contact] of [
        [null, null, null],
        ['siti', 'https://masuk.example.com/', 'hr@example.com'],
      ] as const) {
        const { text, html } = write({ isActive, replacesPassword, username, signInUrl, contact, locale });
        const said = (words: string) => words.replace(/[\s:]+/g, '');
        expect(said(wordsOf(html))).toBe(said(text));
      }
});

test.each(locales)('nothing is loaded from elsewhere: %s', (locale) => {
  expect(write({ locale }).html).not.toMatch(/<img|<link|url\(|https?:/);
});
