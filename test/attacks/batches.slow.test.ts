import { expect, test } from 'vitest';
import { openGateway } from '../support/gateway.ts';

const many = <Item>(length: number, item: (at: number) => Item): Item[] => Array.from({ length }, (_, at) => item(at));
const bulk = (items: unknown[]): [string, object] => ['/ruangkerja/users/create-bulk', { items }];
const dryRun = (inputs: object[]): [string, object] => [
  '/graphql',
  {
    query: 'mutation ($inputs: [CreateUserInput!]!) { createUsers(inputs: $inputs, dryRun: true) { errorCount } }',
    variables: { inputs },
  },
];
const userOf = (at: number, more: object) => ({ employeeID: `E${at}`, name: 'John Doe', isActive: true, ...more });

/** The bodies, none above 1 MB, with the milliseconds of one iteration that each took before it was read in slices. */
const attacks: [string, [string, object]][] = [
  ['100 wrong tag serials each (140)', bulk(many(1_000, (at) => userOf(at, { tagSerials: many(100, (tag) => tag) })))],
  ['phones with two readings (90)', dryRun(many(1_000, (at) => userOf(at, { phone: `65912345${10 + (at % 90)}` })))],
  ['120,000 unknown values in an item (110)', bulk([{ x: many(120_000, () => ({ a: 1 })) }])],
];

/** Milliseconds of the main thread's processor time that the longest iteration of the event loop took during `work`. */
async function longestIteration(work: () => Promise<unknown>): Promise<number> {
  const used = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  };
  let longest = 0;
  let isOver = false;
  let last = used();
  const look = (): void => {
    const now = used();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  await work();
  await new Promise(setImmediate);
  isOver = true;
  return longest;
}

test.each(attacks)('%s: no iteration of the event loop takes 50 ms', async (_, [path, body]) => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const text = JSON.stringify(body);
  expect(text.length).toBeLessThan(1_048_576);
  const send = () =>
    gateway.send(path, {
      method: 'POST',
      headers: { Authorization: token, 'Content-Type': 'application/json' },
      body: text,
    });
  // The first one compiles what it needs.
  await send();
  let longest = Infinity;
  // A collection of garbage may fall into an iteration, and two threads of a core slow each other.
  for (let attempt = 0; attempt < 20 && longest >= 50; attempt++) longest = await longestIteration(send);
  expect(longest).toBeLessThan(50);
});
