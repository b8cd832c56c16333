import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

/** A file of a page, as it is and compressed. */
export interface Asset {
  bytes: Buffer<ArrayBuffer>;
  compressed: Buffer<ArrayBuffer>;
  type: string;
  etag: string;
}

/** Makes an asset; the compression runs beside the event loop. */
export async function makeAsset(bytes: Buffer<ArrayBuffer>, type: string): Promise<Asset> {
  const etag = `"${hash('sha256', bytes, 'base64url').slice(0, 22)}"`;
  return { bytes, compressed: await compress(bytes), type, etag };
}

/** Answers an asset, or 304 where the browser has it: it asks each time, so that no old one stays after an update. */
export function assetAnswer({ bytes, compressed, type, etag }: Asset, request: Request): Response {
  const headers = { ETag: etag, 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' };
  if (
    request.headers
      .get('if-none-match')
      ?.split(/\s*,\s*/)
      .includes(etag)
  )
    return new Response(null, { status: 304, headers });
  const isCompressed = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(request.headers.get('accept-encoding') ?? '');
  return new Response(isCompressed ? compressed : bytes, {
    headers: { ...headers, 'Content-Type': type, ...(isCompressed && { 'Content-Encoding': 'gzip' }) },
  });
}

/** Returns JSON that can't end the script element around it. */
export function scriptSafe(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
