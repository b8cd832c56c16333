import type { Claim, DueDelivery, Outbox } from '../../src/outbox/ports.ts';

/** Claims, and returns what the claim took. */
export async function claimDue<Due extends DueDelivery>(
  outbox: Pick<Outbox<Due>, 'claim'>,
  query: Claim,
): Promise<Due[]> {
  return (await outbox.claim(query)).due;
}
