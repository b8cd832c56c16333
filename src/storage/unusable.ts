/**
 * Says why a database cannot be used, in a sentence that names it and no secret. `address`: the address is wrong.
 * `missing`: the database does not exist, and the caller only reads. `version`: another version of the gateway is
 * needed.
 */
export class UnusableDatabase extends Error {
  readonly reason: 'address' | 'missing' | 'version';
  constructor(reason: UnusableDatabase['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}
