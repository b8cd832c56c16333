import { html, raw } from 'hono/html';
import type { Locale, Message } from './ports.ts';

const texts = {
  id: {
    subject: (company: string) => `Kata sandi akun Anda di ${company}`,
    hello: 'Halo',
    ready: ['Selamat datang! Akun Anda di ', ' sudah siap. Ini kata sandi untuk masuk pertama kali:'],
    change: 'Segera ganti kata sandi ini setelah Anda masuk pertama kali.',
    care: [
      'Simpan kata sandi ini untuk Anda sendiri. ' +
        'Kalau Anda merasa tidak seharusnya menerima email ini, hubungi tim HR ',
      '.',
    ],
    bye: 'Salam hangat,',
  },
  en: {
    subject: (company: string) => `Your password for ${company}`,
    hello: 'Hello',
    ready: ['Welcome! Your account at ', ' is ready. This is the password for your first sign-in:'],
    change: 'Please change this password right after you sign in for the first time.',
    care: ['Keep this password to yourself. If you did not expect this email, please tell the HR team of ', '.'],
    bye: 'Kind regards,',
  },
} as const;

/** Indented as in the page. Light and dark, by the reader's own setting. */
const styles = `:root {
            color-scheme: light dark;
          }
          body {
            margin: 0;
            background: #f3f5f8;
            color: #1c2430;
            font:
              16px/1.6 system-ui,
              -apple-system,
              'Segoe UI',
              Roboto,
              sans-serif;
          }
          main {
            box-sizing: border-box;
            max-width: 560px;
            margin: 0 auto;
            padding: 24px 20px;
            background: #ffffff;
            overflow-wrap: anywhere;
          }
          .password {
            margin: 20px 0;
            padding: 14px 16px;
            border: 1px solid #c3ccd9;
            border-radius: 8px;
            background: #eef2f8;
            color: #10161f;
            font:
              600 18px/1.5 ui-monospace,
              Menlo,
              Consolas,
              monospace;
            white-space: pre-wrap;
            overflow-wrap: anywhere;
            user-select: all;
          }
          .care {
            color: #566173;
            font-size: 14px;
          }
          @media (prefers-color-scheme: dark) {
            body {
              background: #10141b;
              color: #e7ebf1;
            }
            main {
              background: #181e27;
            }
            .password {
              border-color: #3a4656;
              background: #0f141b;
              color: #ffffff;
            }
            .care {
              color: #a3afc0;
            }
          }`;

/**
 * Writes the mail that brings a user a password. Text and HTML say the same. The text holds the exact password on a
 * line of its own, the HTML in the element `[data-password]`.
 */
export function passwordMail(mail: {
  name: string;
  companyName: string;
  password: string;
  locale: Locale;
}): Pick<Message, 'subject' | 'text' | 'html'> {
  const { name, companyName, password, locale } = mail;
  const t = texts[locale];
  const subject = t.subject(companyName);
  const text = `${t.hello} ${name},

${t.ready.join(companyName)}

${password}

${t.change}

${t.care.join(companyName)}

${t.bye}
${companyName}
`;
  // <bdi>: a name written from right to left must not reorder the sentence around it (UAX #9).
  const company = html`<bdi>${companyName}</bdi>`;
  const page = html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>${subject}</title>
        <style>
          ${raw(styles)}
        </style>
      </head>
      <body>
        <main lang="${locale}">
          <p>${t.hello} <bdi>${name}</bdi>,</p>
          <p>${t.ready[0]}${company}${t.ready[1]}</p>
          <p class="password" data-password dir="auto">${password}</p>
          <p><strong>${t.change}</strong></p>
          <p class="care">${t.care[0]}${company}${t.care[1]}</p>
          <p>${t.bye}<br />${company}</p>
        </main>
      </body>
    </html> `;
  return { subject, text, html: String(page) };
}
