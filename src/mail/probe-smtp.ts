import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { describeError } from '../outbox/describe-error.ts';
import { connectionOptions, credentialsOf, type MailServer } from './smtp-server.ts';

/** How far a mail server could be used. */
export type SmtpProbe =
  | { kind: 'usable'; hasTls: boolean; isSignedIn: boolean }
  /** `error` is one line without credentials. */
  | { kind: 'failed'; at: 'greeting' | 'tls' | 'sign-in'; error: string; hasTls: boolean };

/** Opens a connection, takes TLS and signs in as the delivery does, and sends nothing. */
export async function probeSmtp(server: MailServer, timeoutMs = 5_000): Promise<SmtpProbe> {
  const credentials = credentialsOf(server.url);
  const connection = new SMTPConnection(connectionOptions(server, timeoutMs));
  const { promise: broken, reject } = Promise.withResolvers<never>();
  broken.catch(() => undefined);
  connection.on('error', reject);
  const step = (begin: (callback: (error?: Error | null) => void) => void) =>
    Promise.race([broken, new Promise<void>((resolve, fail) => begin((error) => (error ? fail(error) : resolve())))]);
  let at: 'greeting' | 'sign-in' = 'greeting';
  try {
    await step((callback) => connection.connect(callback));
    if (!credentials) return { kind: 'usable', hasTls: connection.secure, isSignedIn: false };
    at = 'sign-in';
    if (!connection.allowsAuth) return { kind: 'failed', at, error: 'it offers no sign-in', hasTls: connection.secure };
    await step((callback) => connection.login({ credentials }, callback));
    return { kind: 'usable', hasTls: connection.secure, isSignedIn: true };
  } catch (error) {
    return { kind: 'failed', at: isOfTls(error) ? 'tls' : at, error: wordsOf(error, at), hasTls: connection.secure };
  } finally {
    connection.close();
  }
}

/** nodemailer gives ETLS to a STARTTLS that failed; what Node says of a handshake or a certificate has other codes. */
function isOfTls(error: unknown): boolean {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return code === 'ETLS' || /certificate|CERT_|\bSSL\b|\bTLS\b|ERR_TLS/i.test(`${code} ${message}`);
}

/** At the sign-in only the codes: a server may quote the credentials. */
function wordsOf(error: unknown, at: 'greeting' | 'sign-in'): string {
  const { response = '' } = error as { response?: string };
  const [codes] = /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?/.exec(response) ?? [];
  return at === 'sign-in' && codes ? `it answered ${codes}` : describeError(error);
}
