import { getTableColumns } from 'drizzle-orm';
import { newDelivery, pauseMs } from '../../outbox/limits.ts';
import type { DeliveryState, LimitPause } from '../../outbox/ports.ts';
import { columnsOf } from './columns.ts';
import type { Session } from './session.ts';
import { deliveries } from './tables.ts';

const { kind: _, ...shape } = getTableColumns(deliveries);
const properties = Object.keys(shape) as (keyof DeliveryState)[];
const names = Object.values(shape).map(({ name }) => name);

const select = `
  select ${columnsOf(shape)}, (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"
  from deliveries where kind = 'mail'`;
const readStatement = { name: 'delivery-read', text: select };
const lockStatement = { name: 'delivery-lock', text: `${select} for update` };
const createStatement = {
  name: 'delivery-create',
  text: `insert into deliveries (kind) values ('mail') on conflict do nothing`,
};
const writeStatement = {
  name: 'delivery-write',
  text: `update deliveries set ${names.map((name, at) => `${name} = $${at + 1}`)} where kind = 'mail'`,
};
const acceptedStatement = {
  name: 'delivery-accepted',
  text: `
    insert into deliveries (kind, last_accepted_at) values ('mail', date_trunc('milliseconds', now()))
    on conflict (kind) do update set last_accepted_at = excluded.last_accepted_at`,
};
const giveBackStatement = {
  name: 'delivery-give-back',
  text: `update deliveries set begun_today = begun_today - 1 where kind = 'mail' and begun_today > 0`,
};

/** What all processes share about the mails, and the database's clock in milliseconds since 1970. */
interface StateNow {
  state: DeliveryState;
  nowMs: number;
}

type Row = DeliveryState & { nowMs: number };
const stateOf = ({ nowMs, ...state }: Row): StateNow => ({ state, nowMs });

/** Reads the state as it is, without a lock. */
export async function readState(session: Session): Promise<StateNow> {
  const [row] = await session.query<Row>(readStatement, []);
  // Without a row nothing is limited, so that no clock is needed.
  return row ? stateOf(row) : { state: newDelivery, nowMs: 0 };
}

/** Reads the state inside a transaction, at whose end another process may read it. */
export async function lockState(session: Session): Promise<StateNow> {
  const [row] = await session.query<Row>(lockStatement, []);
  if (row) return stateOf(row);
  await session.query(createStatement, []);
  return stateOf((await session.query<Row>(lockStatement, []))[0]!);
}

/** Writes the whole state, inside the transaction that locked it. */
export async function writeState(session: Session, state: DeliveryState): Promise<void> {
  await session.query(
    writeStatement,
    properties.map((property) => state[property]),
  );
}

/** Notes that a mail was accepted now. */
export async function noteAccepted(session: Session): Promise<void> {
  await session.query(acceptedStatement, []);
}

/** Takes an attempt off the limit of the day that did not count. */
export async function giveBackOfToday(session: Session): Promise<void> {
  await session.query(giveBackStatement, []);
}

/** Begins a pause, or makes it longer; see the port of the outbox. */
export async function beginPause(session: Session, pause: LimitPause): Promise<number> {
  const { state, nowMs } = await lockState(session);
  // Attempts in flight together got their answers together.
  if (state.pauses > 0 && !pause.isProbe) return Math.max(0, (state.pausedUntil?.getTime() ?? 0) - nowMs);
  const ms = pauseMs(pause, state.pauses);
  const pausedUntil = new Date(nowMs + ms);
  await writeState(session, { ...state, pausedUntil, pauses: state.pauses + 1, pauseReason: pause.reason });
  return ms;
}
