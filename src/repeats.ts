type Write = (about: object, message: string) => void;

const quietMs = 60_000;
/** Conditions that are distinguished. Messages and codes are the program's own, so this many never come. */
const maxConditions = 100;

/**
 * Wraps a function that writes log lines, for conditions that last, such as a full disk or an unreachable database.
 * Equal lines are written once a minute, with the number of those in between as `repeated`. Lines are equal when they
 * have the same message and the same cause: the code of `err`, or the text of `error`.
 */
export function limitRepeats(write: Write): Write {
  const conditions = new Map<string, { writtenAt: number; repeated: number }>();
  return (about, message) => {
    const { err, error } = about as { err?: { code?: unknown; message?: unknown }; error?: unknown };
    const key = `${message} ${String(err?.code ?? err?.message ?? error)}`;
    const known = conditions.get(key);
    const time = performance.now();
    if (known && time - known.writtenAt < quietMs) {
      known.repeated++;
      return;
    }
    if (conditions.size >= maxConditions) conditions.clear();
    conditions.set(key, { writtenAt: time, repeated: 0 });
    write(known && known.repeated > 0 ? { ...about, repeated: known.repeated } : about, message);
  };
}
