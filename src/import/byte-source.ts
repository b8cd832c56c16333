/** A file whose bytes are read from any place, as often as needed. */
export interface ByteSource {
  /** The path, or the name alone where a browser hides the path. */
  path: string;
  /** Bytes. */
  size: number;
  /** Reads at most `length` bytes from `position`; none at the end. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Throws `CannotImport` when the file was written since it was opened. */
  refuseChange(): Promise<void>;
  /** Begins the SHA-256 of what is read. */
  startHash(): Sha256;
  close(): Promise<void>;
}

/** A SHA-256 that is fed piece by piece. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** @returns 32 bytes */
  digest(): Promise<Uint8Array>;
}
