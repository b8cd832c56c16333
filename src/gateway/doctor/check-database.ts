import { makeSealer } from '../../mail/seal.ts';
import { describeError } from '../../outbox/describe-error.ts';
import { describeDatabase } from '../../storage/address.ts';
import { isSqlite, openStore, type Store } from '../../storage/store.ts';
import { UnusableDatabase } from '../../storage/unusable.ts';
import { failed, type Finding, ok, skipped } from './finding.ts';

/** Tokens, leases and idempotency keys allow for a second or two. */
const maxClockDifferenceMs = 2_000;

/** What the checks of the database need. */
export interface DatabaseNeeds {
  databaseUrl: string;
  /** The configured keys, or the one of development; empty where there is none yet, null where they are wrong. */
  secretKeys: readonly Buffer[] | null;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Checks that the database can be opened and is of this version, its clock, and that the keys open what is queued. */
export async function checkDatabase({ databaseUrl, secretKeys, now }: DatabaseNeeds): Promise<Finding[]> {
  const opened = await openStore(databaseUrl, now, { readOnly: true }).catch((error: unknown) => error as Error);
  const rest = ['clock', 'secret key'].map((check) => skipped(check, 'the database cannot be used'));
  if (opened instanceof UnusableDatabase && opened.reason === 'version') {
    const remedy = 'make a backup, then install the version that fits, or start this one, which migrates';
    return [
      ok('database', `${describeDatabase(databaseUrl)} answers`),
      failed('migrations', opened.message, remedy),
      ...rest,
    ];
  }
  if (opened instanceof Error) {
    const isMissing = opened instanceof UnusableDatabase && opened.reason === 'missing';
    const remedy = isMissing
      ? 'start the gateway once, or give this command the DATABASE_URL and the folder of the gateway'
      : 'check DATABASE_URL, and that the database runs and lets this user in';
    return [
      failed('database', describeError(opened), remedy),
      skipped('migrations', 'the database cannot be used'),
      ...rest,
    ];
  }
  try {
    return [
      ok('database', `${describeDatabase(databaseUrl)} answers`),
      ok('migrations', 'the database is of this version'),
      await checkClock(opened, databaseUrl, now),
      await checkKeys(opened, secretKeys),
    ];
  } finally {
    await opened.close();
  }
}

async function checkClock(store: Store, databaseUrl: string, now: () => number): Promise<Finding> {
  if (isSqlite(databaseUrl)) return ok('clock', 'SQLite has the clock of this machine');
  const askedAt = now();
  const databaseTime = await store.clock();
  const answeredAt = now();
  // The database read its clock somewhere between.
  const differenceMs = Math.max(0, askedAt - databaseTime, databaseTime - answeredAt);
  const seconds = (differenceMs / 1_000).toFixed(1);
  if (differenceMs <= maxClockDifferenceMs) return ok('clock', `differs from the database's by ${seconds} s at least`);
  return failed('clock', `differs from the database's by ${seconds} s`, 'let NTP set the clocks of both machines');
}

async function checkKeys(store: Store, secretKeys: DatabaseNeeds['secretKeys']): Promise<Finding> {
  const check = 'secret key';
  if (secretKeys === null) return skipped(check, 'SECRET_KEY or SECRET_KEY_PREVIOUS is wrong');
  const [current, previous] = secretKeys;
  const keyIds = current ? makeSealer({ current, previous }).keyIds : [];
  const { waitingForKey: waiting } = await store.outbox.status(keyIds);
  if (waiting === 0) return ok(check, 'opens every queued mail');
  const remedy = 'give the key that sealed them as SECRET_KEY_PREVIOUS, or resend the passwords';
  return failed(check, `does not open ${waiting} queued mails`, remedy);
}
