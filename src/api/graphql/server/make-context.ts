import { batch } from '../../../batch.ts';
import type { Context } from '../schema/builder.ts';
import type { ServerContext } from './server-context.ts';

/** What the resolvers call. */
export type ContextNeeds = Pick<
  Context,
  'createUsers' | 'updateUsers' | 'upsertUsers' | 'readUsers' | 'resendPassword' | 'eraseUser' | 'directory'
>;

/** How many mails one look-up reads: SQLite reads them on the event loop. */
const maxMails = 1_000;

/** Makes the function that gives the resolvers of one request their context. Look-ups of many users become one. */
export function makeContextOf(needs: ContextNeeds): (server: ServerContext) => Context {
  const { createUsers, updateUsers, upsertUsers, readUsers, resendPassword, eraseUser, directory } = needs;
  const mailOf = batch(async (serials: readonly string[], companyId) => {
    const mails = await readUsers.passwordMails(companyId, [...new Set(serials)]);
    return serials.map((serial) => mails.get(serial));
  }, maxMails);
  const parentOf = batch(async (serials: readonly string[], companyId) => {
    const parents = await directory.parents(companyId);
    return serials.map((serial) => parents.get(serial));
  });

  return ({ exchange, caller, idempotencyKey }) => {
    // Users and organizations are answered to a caller only.
    const passwordMail = async (serial: string) => mailOf(serial, (await caller())!.companyId);
    const parentSerial = async (serial: string) => parentOf(serial, (await caller())!.companyId);
    return {
      exchange,
      caller,
      idempotencyKey,
      searches: 0,
      createUsers,
      updateUsers,
      upsertUsers,
      readUsers,
      resendPassword,
      eraseUser,
      directory,
      passwordMail,
      parentSerial,
    };
  };
}
