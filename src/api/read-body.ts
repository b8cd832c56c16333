import { Refusal } from '../users/error-dictionary.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a body of at most `limit` bytes. 415 for a coded body, 413 for a larger one, before it is read when its
 * length is announced. `mediaTypes` are compared without parameters; a charset other than UTF-8 is 415 too.
 */
export async function readBody(request: Request, mediaTypes: readonly string[], limit: number): Promise<{ mediaType: string; text: string }> {
  const [mediaType = '', ...parameters] = (request.headers.get('content-type') ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length).replaceAll('"', '');
  if (!mediaTypes.includes(mediaType)) throw new Refusal('UNSUPPORTED_MEDIA_TYPE', `the body must be ${mediaTypes.join(' or ')}`);
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'the body must be in UTF-8');
  const coding = request.headers.get('content-encoding')?.trim().toLowerCase();
  if (coding && coding !== 'identity') throw new Refusal('UNSUPPORTED_MEDIA_TYPE', 'the body must not be compressed');

  const tooLarge = (): Refusal => new Refusal('PAYLOAD_TOO_LARGE', `the body is larger than the limit of ${limit} bytes`);
  const announced = request.headers.get('content-length');
  if (Number(announced ?? 0) > limit) throw tooLarge();
  let body: Uint8Array;
  try {
    // node holds a body to the length that it announces, and hands it over whole without a stream.
    body = announced === null ? await readStream() : await request.bytes();
  } catch (error) {
    // A client that hangs up is no surprise; only the log sees this answer.
    throw error instanceof Refusal ? error : new Refusal('BAD_REQUEST', 'the body ended before its length');
  }
  if (body.byteLength > limit) throw tooLarge();
  try {
    return { mediaType, text: utf8.decode(body) };
  } catch {
    throw new Refusal('BAD_REQUEST', 'the body is not valid UTF-8');
  }

  async function readStream(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size > limit) throw tooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}
