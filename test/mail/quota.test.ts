import { expect, test } from 'vitest';
import { quotaOf } from '../../src/mail/quota.ts';

const [rate, day] = [300_000, 900_000];

test.for([
  ['454 Throttling failure: Maximum sending rate exceeded.', 'DATA', rate],
  ['454 Throttling failure: Daily message quota exceeded.', 'DATA', day],
  ['421 4.7.0 mail.example.com Error: too many connections from 192.0.2.1', 'CONN', rate],
  ['421 4.7.0 Error: Connection rate limit exceeded: 5 from 192.0.2.1', 'CONN', rate],
  ['421 4.7.28 Our system has detected an unusual rate of mail', 'DATA', rate],
  ['421 Too many concurrent SMTP connections; please try again later', 'CONN', rate],
  ['432 4.3.2 Concurrent connections limit exceeded', 'MAIL FROM', rate],
  ['450 4.7.1 Error: too much mail, rate limit exceeded', 'RCPT TO', rate],
  ['451 4.7.500 Server busy, request limit exceeded', 'RCPT TO', rate],
  ['452 4.5.3 Your message has too many recipients', 'RCPT TO', rate],
  ['454 4.7.0 Too many login attempts, please try again later', 'AUTH PLAIN', rate],
  ['550 5.4.5 Daily user sending limit exceeded', 'RCPT TO', day],
  ['554 5.7.1 You have exceeded your limit of messages per day', 'DATA', day],
] as const)('%s at %s is a limit', ([response, command, longestMs]) => {
  expect(quotaOf(response, command)?.longestMs).toBe(longestMs);
});

test.for([
  ['421 4.3.2 Service shutting down', 'RCPT TO'],
  ['450 4.7.1 Greylisted, please try again later', 'RCPT TO'],
  ['450 4.2.1 The user is receiving mail at a rate that exceeds the limit', 'RCPT TO'],
  ['452 4.2.2 The mailbox is over quota, limit exceeded', 'RCPT TO'],
  ['452 4.3.1 Insufficient system storage', 'MAIL FROM'],
  ['552 5.3.4 Message size exceeds fixed limit', 'DATA'],
  ['552 Message length exceeds administrative limit', 'DATA'],
  ['550 5.1.1 No such user', 'RCPT TO'],
  ['554 5.4.6 Too many hops', 'DATA'],
  ['454 4.7.0 TLS not available due to temporary reason', 'STARTTLS'],
  ['454 4.7.0 Temporary authentication failure', 'AUTH PLAIN'],
  ['250 ok, rate limit exceeded', 'DATA'],
  ['', undefined],
] as const)('%s at %s is none', ([response, command]) => {
  expect(quotaOf(response, command)).toBeUndefined();
});
