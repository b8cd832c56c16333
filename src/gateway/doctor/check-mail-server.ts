import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { probeSmtp, type SmtpProbe } from '../../mail/probe-smtp.ts';
import type { MailServer } from '../../mail/smtp-server.ts';
import { failed, type Finding, ok, skipped } from './finding.ts';

const checks = ['mail server', 'mail TLS', 'mail sign-in'] as const;

/** Checks that the mail server greets, takes TLS and signs in, and that the name of EHLO resolves. */
export async function checkMailServer(server: MailServer | null, production: boolean): Promise<Finding[]> {
  if (server === null)
    return [...checks, 'SMTP_NAME'].map((check) => skipped(check, 'mails stay in the development mailbox'));
  const [probe, name] = await Promise.all([probeSmtp(server), checkName(server.name, production)]);
  return [...findingsOf(probe, new URL(server.url)), name];
}

function findingsOf(probe: SmtpProbe, { host, username }: URL): Finding[] {
  const [greeting, tls, signIn] = checks;
  const tlsOk = ok(tls, probe.hasTls ? 'the connection is encrypted' : 'is neither demanded nor used');
  const greets = ok(greeting, `${host} greets`);
  if (probe.kind === 'usable')
    return [greets, tlsOk, ok(signIn, probe.isSignedIn ? 'the gateway is let in' : 'SMTP_URL names no user')];
  const notTried = (check: string) => skipped(check, 'the mail server was not reached so far');
  switch (probe.at) {
    case 'greeting':
      return [
        failed(
          greeting,
          `${host} does not greet: ${probe.error}`,
          'check SMTP_URL, the server and the firewall between',
        ),
        notTried(tls),
        notTried(signIn),
      ];
    case 'tls': {
      const remedy =
        'check scheme and port of SMTP_URL (smtps:// 465, smtp:// 587); ' +
        'NODE_EXTRA_CA_CERTS names the file of a private authority';
      return [greets, failed(tls, probe.error, remedy), notTried(signIn)];
    }
    case 'sign-in': {
      const remedy = username ? 'check user and password in SMTP_URL, percent-encoded' : 'check SMTP_URL';
      return [greets, tlsOk, failed(signIn, `the mail server does not let the gateway in: ${probe.error}`, remedy)];
    }
  }
}

/** A name that receivers cannot resolve makes them refuse mails or mark them as spam (RFC 5321 section 4.1.4). */
async function checkName(name: string, production: boolean): Promise<Finding> {
  const check = 'SMTP_NAME';
  const remedy = "set it to this machine's public name, e.g. SMTP_NAME=gateway.example.com";
  if (production && /(^|\.)localhost$|\.local$/i.test(name))
    return failed(check, `is ${name}, which no mail server knows`, remedy);
  const literal = /^\[(?:IPv6:)?(.+)\]$/.exec(name)?.[1];
  if (literal !== undefined)
    return isIP(literal) ? ok(check, `is the address ${name}`) : failed(check, `${name} is not an address`, remedy);
  try {
    const { address } = await lookup(name);
    return ok(check, `${name} resolves to ${address}`);
  } catch (error) {
    return failed(check, `${name} does not resolve (${(error as NodeJS.ErrnoException).code})`, remedy);
  }
}
