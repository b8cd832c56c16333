import { Refusal } from '../../errors/error-dictionary.ts';
import { isDeeper } from './json-depth.ts';
import { type PlainRequest, tooLarge } from './plain.ts';

/** Levels of lists and objects that a JSON body may have. */
const maxDepth = 64;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** How many bytes of a body are read before its token is judged. */
export const strangerBytes = 65_536;

/** The 401 of a large body without a valid token. Its answer closes the connection, since the rest is not read. */
export class StrangersBody extends Refusal {
  constructor() {
    super('UNAUTHORIZED', `a body of more than ${strangerBytes} bytes needs a valid access token`);
  }
}

type Input = Pick<PlainRequest, 'headers' | 'bytes'>;

/**
 * Reads a body: media type and coding (415), then size (413, before it is read when its length is announced), then the
 * token of a large one (401), then text and depth (400).
 *
 * @param mediaTypes allowed ones, without parameters; any charset but UTF-8 is 415
 * @param limit bytes
 * @param isKnown judges the token of a body above `strangerBytes`, or of unannounced length, before it is read
 */
export async function readBody(
  request: Input,
  mediaTypes: readonly string[],
  limit: number,
  isKnown: () => Promise<boolean> = async () => true,
): Promise<{ mediaType: string; text: string }> {
  const mediaType = judgeMediaType(request, mediaTypes);
  const bytes = await readBytes(request, limit, isKnown);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new Refusal('BAD_REQUEST', 'the body is not valid UTF-8');
  }
  if (mediaType === 'application/json' && isDeeper(text, maxDepth))
    throw new Refusal('BAD_REQUEST', `the body is nested deeper than ${maxDepth} levels`);
  return { mediaType, text };
}

/** Gives the media type of a body; throws 415. */
function judgeMediaType({ headers }: Input, mediaTypes: readonly string[]): string {
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
  return mediaType;
}

/** Reads at most `limit` bytes, of a stranger at most `strangerBytes`; throws 413, 401 or 400. */
async function readBytes(
  { headers, bytes }: Input,
  limit: number,
  isKnown: () => Promise<boolean>,
): Promise<Uint8Array> {
  const announced = Number(headers.get('content-length') ?? Infinity);
  if (announced > limit && announced !== Infinity) throw tooLarge(limit);
  const isTrusted = announced <= strangerBytes || limit <= strangerBytes || (await isKnown());
  if (!isTrusted && announced !== Infinity) throw new StrangersBody();
  let body: Uint8Array;
  try {
    body = await bytes(isTrusted ? limit : strangerBytes);
  } catch (error) {
    // A client that hangs up is not a surprise. Only the log sees this answer.
    if (!(error instanceof Refusal)) throw new Refusal('BAD_REQUEST', 'the body ended before its length');
    throw isTrusted ? error : new StrangersBody();
  }
  if (body.byteLength > limit) throw tooLarge(limit);
  return body;
}
