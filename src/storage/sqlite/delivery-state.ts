import { type Column, getTableColumns } from 'drizzle-orm';
import { newDelivery, pauseMs } from '../../outbox/limits.ts';
import type { DeliveryState, LimitPause } from '../../outbox/ports.ts';
import { columnsOf } from './columns.ts';
import type { Sqlite } from './open.ts';
import type { Session } from './session.ts';
import { deliveries } from './tables.ts';

const { kind: _, ...shape } = getTableColumns(deliveries);
const columns = columnsOf(shape);
const names = Object.values(shape).map(({ name }) => name);

/** Prepares the reading and writing of what all processes share about the mails; see the port of the outbox. */
export function makeDeliveryStates(prepare: Sqlite['prepare']) {
  const selected = prepare(`select ${columns.list} from deliveries where kind = 'mail'`, (values) =>
    columns.read(values),
  );
  const written = prepare(`
    insert into deliveries (kind, ${names}) values ('mail', ${names.map(() => '?')})
    on conflict (kind) do update set ${names.map((name) => `${name} = excluded.${name}`)}`);
  const givenBack = prepare(
    `update deliveries set begun_today = begun_today - 1 where kind = 'mail' and begun_today > 0`,
  );

  const read = (session: Session): DeliveryState => session.get(selected) ?? newDelivery;
  const write = (session: Session, state: DeliveryState): void => {
    const values = Object.entries<Column>(shape).map(([property, column]) => {
      const value = state[property as keyof DeliveryState];
      return value === null ? null : column.mapToDriverValue(value);
    });
    session.change(written, ...values);
  };

  return {
    read,
    write,
    /** Takes an attempt off the limit of the day that did not count. */
    giveBack: (session: Session): void => void session.change(givenBack),
    pause(session: Session, pause: LimitPause, now: number): number {
      const state = read(session);
      const leftMs = (state.pausedUntil?.getTime() ?? 0) - now;
      // Attempts in flight together got their answers together.
      if (state.pauses > 0 && !pause.isProbe) return Math.max(0, leftMs);
      const ms = pauseMs(pause, state.pauses);
      write(session, {
        ...state,
        pausedUntil: new Date(now + ms),
        pauses: state.pauses + 1,
        pauseReason: pause.reason,
      });
      return ms;
    },
  };
}
