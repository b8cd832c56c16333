/** One request and what its log line says of it; filled while it is answered. */
export interface Exchange {
  requestId: string;
  /** The peer's IP address. */
  address: string;
  clientId?: string;
  /** Number of the error dictionary that the answer carries. */
  errorCode?: number;
  /** How many values its answer may hold, by the cost of its GraphQL operation. */
  mostValues?: number;
  /** Why it is a 503, or no request: there are many causes. */
  reason?: string;
}
