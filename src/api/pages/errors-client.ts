/**
 * Runs the search of the error dictionary in the browser. The page carries this function as text, so it uses nothing
 * from outside itself.
 */
export function errorsClient(): void {
  const search = document.querySelector<HTMLElement>('#search')!;
  const input = search.querySelector('input')!;
  const status = search.querySelector<HTMLElement>('[role=status]')!;
  const rows = [...document.querySelectorAll<HTMLElement>('.errors dl > div')];

  function show() {
    const words = input.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = row.textContent!.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    for (const section of document.querySelectorAll<HTMLElement>('.errors section'))
      section.hidden = !section.querySelector('dl > div:not([hidden])');
    const found = rows.filter(({ hidden }) => !hidden).length;
    status.textContent = input.value === '' ? '' : status.dataset.text!.replace('{count}', String(found));
  }

  search.hidden = false;
  input.addEventListener('input', show);
  show();
}
