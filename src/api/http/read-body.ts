import { Refusal } from '../../errors/error-dictionary.ts';
import { type PlainRequest, tooLarge } from './plain.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes that are read of a stranger's body, before the token is judged. */
export const strangerBytes = 65_536;

/** The rest of the body is not worth reading: this answer closes its connection. */
export class StrangersBody extends Refusal {
  constructor() {
    super('UNAUTHORIZED', `a body of more than ${strangerBytes} bytes needs a valid access token`);
  }
}

/**
 * Reads a body of at most `limit` bytes. 415 for a coded body, 413 for a larger one, before it is read when its
 * length is announced. `mediaTypes` are compared without parameters; a charset other than UTF-8 is 415 too.
 *
 * @param isKnown judges the token of a body above `strangerBytes`, or of unannounced length, before it is read: 401 for a larger one without
 */
export async function readBody(
  { headers, bytes }: Pick<PlainRequest, 'headers' | 'bytes'>,
  mediaTypes: readonly string[],
  limit: number,
  isKnown: () => Promise<boolean> = async () => true,
): Promise<{ mediaType: string; text: string }> {
  const [mediaType = '', ...parameters] = (headers.get('content-type') ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  if (!mediaTypes.includes(mediaType))
    throw new Refusal('UNSUPPORTED_MEDIA_TYPE', `the body must be ${mediaTypes.join(' or ')}`);
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')
    throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'the body must be in UTF-8');
  const coding = headers.get('content-encoding')?.trim().toLowerCase();
  if (coding && coding !== 'identity') throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'the body must not be compressed');

  const announced = Number(headers.get('content-length') ?? Infinity);
  if (announced > limit && announced !== Infinity) throw tooLarge(limit);
  const isTrusted = announced <= strangerBytes || limit <= strangerBytes || (await isKnown());
  if (!isTrusted && announced !== Infinity) throw new StrangersBody();
  let body: Uint8Array;
  try {
    body = await bytes(isTrusted ? limit : strangerBytes);
  } catch (error) {
    // A client that hangs up is no surprise; only the log sees this answer.
    if (!(error instanceof Refusal)) throw new Refusal('BAD_REQUEST', 'the body ended before its length');
    throw isTrusted ? error : new StrangersBody();
  }
  if (body.byteLength > limit) throw tooLarge(limit);
  try {
    return { mediaType, text: utf8.decode(body) };
  } catch {
    throw new Refusal('BAD_REQUEST', 'the body is not valid UTF-8');
  }
}
