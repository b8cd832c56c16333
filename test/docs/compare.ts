/** The forms of values that differ at each run. A documented value matches every real one of its form. */
const forms: readonly RegExp[] = [
  /^[A-Z]{4}[A-Z0-9]{12}$/, // serial of a user
  /^[A-Z]{4}TAG-[A-Z0-9]{8}$/, // serial of a tag
  /^COMP[A-Z0-9]{8}$/, // serial of an organization
  /^[0-9a-f]{32}$/, // client ID
  /^[\w-]{43}$/, // access token, client secret
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, // request id, mail id
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, // moment
  /^http:\/\/127\.0\.0\.1:\d+\/errors\/\d+$/, // page of an error: the port differs
  /^(?:QUEUED|SENT)$/, // the mail is on its way, or has just arrived
];
/** Keys whose documented value stands for any of its type. */
const freeKeys = ['startCursor', 'endCursor', 'cursor', 'seconds'];

/** Documented values and the real ones that stood in their place: later snippets are run with the real ones. */
export type Learned = Map<string, string>;

/**
 * Compares a documented answer with the real one. The errors of GraphQL may have more keys than the page shows.
 * @returns the first difference as `path: documented, real`; null when there is none
 */
export function difference(documented: unknown, real: unknown, learned: Learned, path = 'answer'): string | null {
  const differs = `${path}: documented ${JSON.stringify(documented)}, real ${JSON.stringify(real)}`;
  if (typeof documented === 'string' && typeof real === 'string')
    return sameString(documented, real, path, learned) ? null : differs;
  if (Array.isArray(documented) && Array.isArray(real)) {
    if (documented.length !== real.length) return differs;
    return first(documented.map((item, index) => difference(item, real[index], learned, `${path}[${index}]`)));
  }
  if (isObject(documented) && isObject(real)) {
    const keys = Object.keys(documented);
    const more = Object.keys(real).filter((key) => !keys.includes(key));
    if (more.length > 0 && !/\.errors\[\d+\]/.test(path)) return `${path}: the real answer also has ${more.join(', ')}`;
    return first(keys.map((key) => difference(documented[key], real[key], learned, `${path}.${key}`)));
  }
  if (freeKeys.includes(path.split('.').at(-1)!) && typeof documented === typeof real) return null;
  return documented === real ? null : differs;
}

/** Compares a documented HTTP answer with the output of `curl --include`: status, the documented headers, body. */
export function httpDifference(documented: string, real: string, learned: Learned): string | null {
  const [wanted, answer] = [parse(documented), parse(real)];
  if (wanted.status !== answer.status) return `status: documented ${wanted.status}, real ${answer.status}`;
  for (const [name, value] of wanted.headers) {
    const given = answer.headers.get(name);
    const seconds = name === 'retry-after' && /^\d+$/.test(given ?? '');
    if (given === undefined || !(seconds || sameString(value, given, name, learned)))
      return `${name}: documented ${value}, real ${given}`;
  }
  return difference(JSON.parse(wanted.body), JSON.parse(answer.body), learned);
}

function parse(text: string): { status: string; headers: Map<string, string>; body: string } {
  const [head = '', ...body] = text.replaceAll('\r\n', '\n').split('\n\n');
  const [status = '', ...lines] = head.split('\n');
  const headers = lines.map((line): [string, string] => {
    const [name = '', ...value] = line.split(': ');
    return [name.toLowerCase(), value.join(': ')];
  });
  return { status: status.trim(), headers: new Map(headers), body: body.join('\n\n') };
}

function sameString(documented: string, real: string, path: string, learned: Learned): boolean {
  const expected = learned.get(documented) ?? documented;
  if (expected === real || freeKeys.includes(path.split('.').at(-1)!)) {
    learned.set(documented, real);
    return true;
  }
  if (learned.has(documented) && !/^(?:QUEUED|SENT)$/.test(documented)) return false;
  const form = forms.find((one) => one.test(documented));
  if (!form?.test(real)) return false;
  if (!/^(?:QUEUED|SENT)$/.test(documented)) learned.set(documented, real);
  return true;
}

function first(differences: readonly (string | null)[]): string | null {
  return differences.find((one) => one !== null) ?? null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
