import { type Candidate, conflictQueryOf, conflictsIn, isSome, takenProblem } from './conflicts.ts';
import type { ImportUserOutcome } from './outcome.ts';
import type { AddOutcome, UniqueField, UserStore } from './ports.ts';

/** Returns why each entry was not added, as a call a moment later would report it; null for one to try again. */
export async function reasonsFor(
  store: Pick<UserStore, 'lookUp'>,
  companyId: string,
  lost: readonly { candidate: Candidate }[],
  reasons: readonly AddOutcome[],
): Promise<(ImportUserOutcome | null)[]> {
  const isSerialTaken = (at: number) => {
    const reason = reasons[at]!;
    return reason.kind === 'taken' && reason.field === 'serial';
  };
  const looked = lost.filter((_, at) => !isSerialTaken(at));
  const reports =
    looked.length > 0
      ? await store.lookUp(
          companyId,
          looked.map(({ candidate }) => conflictQueryOf(candidate)),
        )
      : [];
  const nextReport = reports.values();
  return lost.map((one, at) => {
    if (isSerialTaken(at)) return null;
    const report = nextReport.next().value!;
    if (report.imported) return { kind: 'imported' };
    const problems = conflictsIn(report, one.candidate);
    if (isSome(problems)) return { kind: 'refused', problems };
    const reason = reasons[at]!;
    return reason.kind === 'taken' && reason.field !== 'importKey'
      ? { kind: 'refused', problems: [takenProblem(reason.field as UniqueField)] }
      : null;
  });
}
