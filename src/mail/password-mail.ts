import { html, raw } from 'hono/html';
import { mailStyles } from './mail-styles.ts';
import type { Locale, Message } from './ports.ts';

/** What the mail with a password says. */
export interface PasswordMail {
  /** Of the employee. */
  name: string;
  username: string | null;
  email: string;
  /** An inactive employee cannot sign in yet and is not welcomed. */
  isActive: boolean;
  companyName: string;
  password: string;
  /** Whether it replaces an earlier password, which no longer works. */
  replacesPassword: boolean;
  /** Where the employee signs in; null when nobody said it. */
  signInUrl: string | null;
  /** Whom the employee asks: the Reply-To. */
  contact: string | null;
  locale: Locale;
}

const texts = {
  id: {
    subject: {
      first: (company: string) => `Kata sandi akun Anda di ${company}`,
      replaced: (company: string) => `Kata sandi baru akun Anda di ${company}`,
    },
    hello: 'Halo',
    welcome: ['Selamat datang! Akun Anda di ', ' sudah siap.'],
    prepared: ['Akun Anda di ', ' telah disiapkan.'],
    replaced: ['Kata sandi akun Anda di ', ' telah diganti. Kata sandi yang lama tidak berlaku lagi.'],
    inactive: 'Akun ini sedang tidak aktif: Anda baru dapat masuk setelah akun diaktifkan.',
    first: 'Ini kata sandi untuk masuk pertama kali:',
    next: 'Ini kata sandi Anda yang baru:',
    signInAt: 'Masuk di',
    username: 'Nama pengguna',
    email: 'Email',
    change: {
      first: 'Segera ganti kata sandi ini setelah Anda masuk pertama kali.',
      replaced: 'Segera ganti kata sandi ini setelah Anda masuk.',
    },
    care: [
      'Simpan kata sandi ini untuk Anda sendiri. ' +
        'Kalau Anda merasa tidak seharusnya menerima email ini, hubungi tim HR ',
      '.',
    ],
    ask: 'Ada pertanyaan? Balas email ini atau tulis ke',
    bye: 'Salam hangat,',
  },
  en: {
    subject: {
      first: (company: string) => `Your password for ${company}`,
      replaced: (company: string) => `Your new password for ${company}`,
    },
    hello: 'Hello',
    welcome: ['Welcome! Your account at ', ' is ready.'],
    prepared: ['Your account at ', ' has been prepared.'],
    replaced: ['The password of your account at ', ' was replaced. The old password no longer works.'],
    inactive: 'The account is not active at the moment: you can sign in once it has been activated.',
    first: 'This is the password for your first sign-in:',
    next: 'This is your new password:',
    signInAt: 'Sign in at',
    username: 'Username',
    email: 'Email',
    change: {
      first: 'Please change this password right after you sign in for the first time.',
      replaced: 'Please change this password right after you sign in.',
    },
    care: ['Keep this password to yourself. If you did not expect this email, please tell the HR team of ', '.'],
    ask: 'Questions? Reply to this email or write to',
    bye: 'Kind regards,',
  },
} as const;

/**
 * Writes the mail that brings a user a password. Text and HTML say the same. The text holds the exact password on a
 * line of its own, the HTML in the element `[data-password]`.
 */
export function passwordMail(mail: PasswordMail): Pick<Message, 'subject' | 'text' | 'html'> {
  const { name, username, email, isActive, companyName, password, replacesPassword, signInUrl, contact, locale } = mail;
  const t = texts[locale];
  const which = replacesPassword ? 'replaced' : 'first';
  const subject = t.subject[which](companyName);
  const opening = replacesPassword ? t.replaced : isActive ? t.welcome : t.prepared;
  const note = isActive ? '' : t.inactive;
  const lead = replacesPassword ? t.next : t.first;
  const [signInLabel, signInName] = username === null ? [t.email, email] : [t.username, username];

  const text = `${t.hello} ${name},

${opening.join(companyName)}${note && ` ${note}`}

${signInUrl ? `${t.signInAt}: ${signInUrl}\n` : ''}${signInLabel}: ${signInName}

${lead}

${password}

${t.change[which]}

${t.care.join(companyName)}
${contact ? `\n${t.ask} ${contact}.\n` : ''}
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
          ${raw(mailStyles)}
        </style>
      </head>
      <body>
        <main lang="${locale}">
          <p>${t.hello} <bdi>${name}</bdi>,</p>
          <p>${opening[0]}${company}${opening[1]} ${note}</p>
          <dl>
            ${signInUrl && definition(t.signInAt, html`<a href="${signInUrl}">${signInUrl}</a>`)}
            ${definition(signInLabel, html`<bdi>${signInName}</bdi>`)}
          </dl>
          <p>${lead}</p>
          <p class="password" data-password dir="auto">${password}</p>
          <p><strong>${t.change[which]}</strong></p>
          <p class="care">${t.care[0]}${company}${t.care[1]}</p>
          ${contact && html`<p class="care">${t.ask} <a href="${mailto(contact)}">${contact}</a>.</p>`}
          <p>${t.bye}<br />${company}</p>
        </main>
      </body>
    </html> `;
  return { subject, text, html: String(page) };
}

/** The link to a mail address (RFC 6068). */
const mailto = (address: string): string => `mailto:${encodeURIComponent(address).replace('%40', '@')}`;

function definition(term: string, description: unknown) {
  return html`<dt>${term}</dt>
    <dd>${description}</dd>`;
}
