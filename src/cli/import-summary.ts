import type { ImportReport } from '../import/report.ts';
import type { Translate } from '../translate.ts';
import { table } from './table.ts';

/**
 * Describes for a person what an import did.
 * @param report in the language of the person
 * @param shownNotes notes that were already shown
 */
export function importSummary(report: ImportReport, shownNotes: readonly string[], translate: Translate): string {
  const { total, rows, imported, rejected, errorFile, firstRejected } = report;
  const { CREATE, UPDATE, NOTHING } = report.actions;
  const [updated, unchanged] = report.dryRun ? [UPDATE, NOTHING] : [report.updated, report.unchanged];
  const counts = [
    report.dryRun ? `${formatNumber(CREATE)} would be created` : `${formatNumber(report.created)} created`,
    ...(updated > 0 ? [`${formatNumber(updated)} updated`] : []),
    ...(unchanged > 0 ? [`${formatNumber(unchanged)} unchanged`] : []),
    ...(imported > 0 ? [`${formatNumber(imported)} were created by an earlier run`] : []),
    `${formatNumber(rejected)} rejected`,
  ]
    .map(translate)
    .join(', ');
  const more = rejected - firstRejected.length;
  const lines = [
    ...report.notes.filter((note) => !shownNotes.includes(note)).map((note) => `Note: ${note}`),
    ...firstRejected.map(({ line, errorCode, detail }) => `Line ${line}: ${errorCode} ${detail}`),
    ...(more > 0 ? [`… and ${formatNumber(more)} more`] : []),
    ...(rejected > 0 ? ['', table(report.rejections), ''] : []),
    `${formatNumber(rows)} of ${formatNumber(total)} rows: ${counts}.` +
      (report.dryRun ? ' A dry run: nothing was written.' : ''),
    ...(errorFile ? [`The rejected rows are in ${errorFile}: correct them there and import that file.`] : []),
    ...(report.interrupted ? ['Stopped. The same command goes on from there.'] : []),
  ];
  return translate(lines.join('\n'));
}

function formatNumber(number: number): string {
  return number.toLocaleString('en');
}
