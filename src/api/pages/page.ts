import { randomBytes } from 'node:crypto';
import type { Exchange } from '../http/exchange.ts';

/** What a page takes from the exchange of its request. */
export type Visit = Pick<Exchange, 'origin' | 'requestId'>;

/** One page, or a group of pages below one path. */
export interface Page {
  owns(url: URL, request: Request): boolean;
  answer(url: URL, request: Request, visit: Visit): Response | Promise<Response>;
  /** Answers DELETE, where the page has it. */
  remove?(url: URL, request: Request): Response;
}

/** Makes the value by which a page's policy allows its own styles and scripts. */
export function makeNonce(): string {
  return randomBytes(16).toString('base64');
}
