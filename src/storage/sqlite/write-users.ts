import type { AddOptions, AddOutcome, NewEntry, UserStore, WriteOutcome } from '../../users/ports.ts';
import { makeAddUser } from './add-user.ts';
import { makeChangeUser } from './change-user.ts';
import { makeFindReferences } from './find-references.ts';
import { prepareWriteProgress } from './idempotency.ts';
import type { Sqlite } from './open.ts';
import type { UserCounts } from './user-counts.ts';

/** How long a creation waits for those that follow it, so that one COMMIT serves them all (docs/decisions/0094). */
const gatherMs = 50;

/** Makes the verbs that add and change users with their tag links, mails and idempotency record, as one transaction. */
export function makeWriteUsers(
  { writeTogether, prepare }: Pick<Sqlite, 'writeTogether' | 'prepare'>,
  counts: UserCounts,
): Pick<UserStore, 'add' | 'write'> {
  const findReferences = makeFindReferences({ prepare });
  const addUser = makeAddUser({ prepare });
  const changeUser = makeChangeUser({ prepare });
  const writeProgress = prepareWriteProgress(prepare);

  const write: UserStore['write'] = (companyId, steps, { allOrNone, record, moreFollow = false }) =>
    writeTogether(
      (session) => {
        const references = findReferences(session, companyId);
        let uncounted: { id: string; isActive: boolean }[] = [];
        const count = (): void => {
          counts.add(session, companyId, uncounted);
          uncounted = [];
        };
        const add = (entry: NewEntry): AddOutcome => {
          const { id, outcome } = addUser(session, entry, references);
          if (id) uncounted.push({ id, isActive: entry.user.isActive });
          return outcome;
        };
        // A refused statement changes nothing, so that the others need no savepoint of their own.
        const outcomes = steps.map((step) => {
          if (step.kind === 'add') return add(step.entry);
          // The trigger of a change expects that its user is counted.
          count();
          return changeUser(session, companyId, step.change, references);
        });
        if (allOrNone && outcomes.some(isFailed)) throw new Undone(outcomes);
        if (record && !writeProgress(session, record.hold, record.progress(outcomes))) throw new Undone(null);
        count();
        return outcomes;
      },
      { withinMs: moreFollow ? gatherMs : 0 },
    ).catch((error: unknown) => {
      if (error instanceof Undone) return error.outcomes;
      throw error;
    });

  return {
    write,
    add: (companyId, entries, options) =>
      write(
        companyId,
        entries.map((entry) => ({ kind: 'add', entry })),
        // Steps that add have the outcomes of adding.
        options as AddOptions & Parameters<typeof write>[2],
      ) as Promise<AddOutcome[] | null>,
  };
}

function isFailed({ kind }: WriteOutcome): boolean {
  return kind !== 'added' && kind !== 'changed';
}

/** Thrown to undo what was written. `outcomes` says why; null stands for a lost hold. */
class Undone extends Error {
  readonly outcomes: WriteOutcome[] | null;
  constructor(outcomes: WriteOutcome[] | null) {
    super();
    this.outcomes = outcomes;
  }
}
