import type { ListedRow } from './messages.ts';

/** Rows that the table shows before somebody asks for more: thousands would make the page slow. */
const shownAtOnce = 50;

/** What the table needs of the page. */
export interface RejectedTableNeeds {
  find: <E extends HTMLElement>(id: string) => E;
  say: (key: string, values?: Record<string, string>) => string;
  number: (value: number) => string;
}

/** Makes the table of rejected rows with its filter by error number. */
export function makeRejectedTable({ find, say, number }: RejectedTableNeeds) {
  const body = find<HTMLTableSectionElement>('rejected-rows');
  const filter = find<HTMLSelectElement>('filter');
  const more = find<HTMLButtonElement>('more');
  let rows: ListedRow[] = [];
  let shown = 0;

  const chosen = (): ListedRow[] =>
    filter.value === '' ? rows : rows.filter(({ errorCode }) => String(errorCode) === filter.value);

  function showMore(): void {
    const all = chosen();
    const next = all.slice(shown, shown + shownAtOnce);
    body.append(...next.map((row) => rowOf(row, number)));
    shown += next.length;
    more.hidden = shown >= all.length;
    more.textContent = say('more', { rows: number(all.length - shown) });
  }

  function showAgain(): void {
    body.replaceChildren();
    shown = 0;
    showMore();
  }

  filter.addEventListener('change', showAgain);
  more.addEventListener('click', showMore);
  return {
    add: (others: readonly ListedRow[]): void => {
      rows = rows.concat(others);
    },
    /** Shows the rows once all are there. */
    finish(): void {
      const counts = new Map<number, number>();
      for (const { errorCode } of rows) counts.set(errorCode, (counts.get(errorCode) ?? 0) + 1);
      const options = [...counts]
        .toSorted((a, b) => b[1] - a[1] || a[0] - b[0])
        .map(([code, count]) => new Option(`${code} (${number(count)})`, String(code)));
      filter.replaceChildren(new Option(`${say('all')} (${number(rows.length)})`, ''), ...options);
      find('rejected').hidden = rows.length === 0;
      showAgain();
    },
    clear(): void {
      rows = [];
      body.replaceChildren();
      find('rejected').hidden = true;
    },
  };
}

function rowOf(
  { line, employeeID, errorCode, detail }: ListedRow,
  number: RejectedTableNeeds['number'],
): HTMLTableRowElement {
  const row = document.createElement('tr');
  const link = Object.assign(document.createElement('a'), {
    href: `/errors/${errorCode}`,
    textContent: String(errorCode),
    target: '_blank',
  });
  for (const content of [number(line), employeeID, link, detail]) row.insertCell().append(content);
  return row;
}
