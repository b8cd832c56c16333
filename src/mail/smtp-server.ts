import SMTPConnection from 'nodemailer/lib/smtp-connection';

/** How the gateway speaks to its mail server. */
export interface MailServer {
  /** `smtp://` or `smtps://`, credentials percent-encoded; its query is ignored. */
  url: string;
  /** What the gateway calls itself in EHLO: a domain or an address literal (RFC 5321 section 4.1.1.1). */
  name: string;
  /** Whether `smtp://` gives up where STARTTLS fails or is not offered; otherwise it uses STARTTLS when offered. */
  requireTls: boolean;
}

/**
 * Translates a mail server into nodemailer's options. nodemailer's own reading of a URL would let the query turn
 * certificate checks off.
 * @param timeoutMs for the connection with greeting and TLS, and for each reply after it
 */
export function connectionOptions({ url, name, requireTls }: MailServer, timeoutMs: number) {
  const { protocol, hostname, port } = new URL(url);
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(port && { port: Number(port) }),
    name,
    secure: protocol === 'smtps:',
    requireTLS: requireTls,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // nodemailer would half-close and wait five seconds for the other side.
    socketCloseTimeout: 0,
  };
}

/**
 * Reads the credentials of a mail server's URL.
 * @returns undefined where it names no user
 */
export function credentialsOf(url: string): { user: string; pass: string } | undefined {
  const { username, password } = new URL(url);
  return username ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : undefined;
}

/** Checks whether the mail server greets, and offers TLS where it is required, within `timeoutMs`. Does not sign in. */
export function verifySmtp(server: MailServer, timeoutMs = 2_000): Promise<boolean> {
  const connection = new SMTPConnection(connectionOptions(server, timeoutMs));
  return new Promise((resolve) => {
    const settle = (isUp: boolean) => {
      clearTimeout(timer);
      connection.close();
      resolve(isUp);
    };
    const timer = setTimeout(settle, timeoutMs, false);
    connection.on('error', () => settle(false));
    connection.connect((error) => settle(!error));
  });
}
