import { expect, test } from 'vitest';
import { passwordMail } from '../../src/mail/password-mail.ts';

const locales = ['id', 'en'] as const;
const nasty = `<script>alert("x")</script> & 'Ayu' 👩‍💻 עברית`;

test.each(locales)('name, company and password are escaped: %s', (locale) => {
  const password = `<b>&amp;"'</b>`;
  const { html, text } = passwordMail({ name: nasty, companyName: `PT <i>Satu & Dua</i>`, password, locale });
  expect(html).not.toMatch(/<script|<b>|<i>/);
  expect(html).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;Ayu&#39; 👩‍💻 עברית');
  expect(html).toMatch(/data-password[^>]*>&lt;b&gt;&amp;amp;&quot;&#39;&lt;\/b&gt;<\/p>/);
  expect(html).not.toContain('[object');
  expect(text).toContain(nasty);
});

test.each(locales)('the text holds the exact password on a line of its own: %s', (locale) => {
  const password = '  $& two  spaces $1 ';
  const { text } = passwordMail({ name: 'Siti', companyName: 'PT $& Satu', password, locale });
  expect(text.split('\n').filter((line) => line === password)).toHaveLength(1);
  expect(text).toContain('PT $& Satu');
});

test('each language says to change the password, in one sentence, and declares itself', () => {
  const [indonesian, english] = locales.map((locale) =>
    passwordMail({ name: 'Siti', companyName: 'PT Satu', password: 'x', locale }),
  );
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

test.each(locales)('nothing is loaded from elsewhere: %s', (locale) => {
  expect(passwordMail({ name: 'Siti', companyName: 'PT Satu', password: 'x', locale }).html).not.toMatch(
    /<img|<link|url\(|https?:/,
  );
});
