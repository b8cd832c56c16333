/** Where a request comes from. */
export interface Peer {
  /** The client's IP address. */
  address: string;
  /** False while other requests wait on its connection. */
  isLast: () => boolean;
}

/** One request and what its log line says of it; filled while it is answered. */
export interface Exchange extends Peer {
  requestId: string;
  /** Of the token, or as a token call names it. */
  clientId?: string | undefined;
  /** Number of the error dictionary that the answer carries. */
  errorCode?: number;
  /** Why it is a 503, or no request: there are many causes. */
  reason?: string | undefined;
}
