import type { GraphQLParams } from 'graphql-yoga';
import type { Exchange } from '../exchange.ts';

/** Headers of refused requests that are known at most. */
const most = 1_000;

/**
 * In an overload nearly every request brings a password and is refused. While the queue for a hash is as full as it was for the
 * last request with the same `Authorization`, the next is refused before its token is looked up and anything is executed,
 * at half the cost. `refuseCrowd` throws when the client has no place left in the queue.
 */
export function makeOverload(refuseCrowd: (clientId: string) => Promise<void>) {
  const clients = new Map<string, string>();
  return {
    /** Throws what the request would be refused with. */
    async refuseNext(authorization: string | null, { variables }: GraphQLParams, exchange: Exchange): Promise<void> {
      const clientId = authorization === null ? undefined : clients.get(authorization);
      if (clientId === undefined || !Object.values(variables ?? {}).some(holdsPassword)) return;
      exchange.clientId = clientId;
      await refuseCrowd(clientId);
      clients.delete(authorization!);
    },
    /** Takes note of a request that was refused. */
    note(authorization: string | null, { clientId }: Exchange): void {
      if (authorization === null || clientId === undefined) return;
      if (clients.size >= most) clients.clear();
      clients.set(authorization, clientId);
    },
  };
}

/** Whether a variable is one user with a chosen password. */
function holdsPassword(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'password' in value && Boolean(value.password);
}
