/**
 * Runs the mailbox in the browser. The page carries this function as text, so it uses nothing from outside itself. It
 * polls twice a second; when there is news it takes only the list from a fresh copy of the page, so that the opened
 * mail stays as it is.
 */
export function mailsClient(): void {
  const find = <E extends HTMLElement>(selector: string) => document.querySelector<E>(selector);
  const tabs = [...document.querySelectorAll<HTMLElement>('[role=tab]')];
  const copy = find('#copy');
  const frame = find<HTMLIFrameElement>('iframe');
  const parse = (text: string) => new DOMParser().parseFromString(text, 'text/html');

  function select(chosen: HTMLElement) {
    for (const tab of tabs) {
      tab.setAttribute('aria-selected', String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      find(`#${tab.getAttribute('aria-controls')}`)!.hidden = tab !== chosen;
    }
  }

  tabs.forEach((tab, index) => {
    tab.addEventListener('click', () => select(tab));
    tab.addEventListener('keydown', ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (step === undefined) return;
      const next = tabs.at((index + step) % tabs.length)!;
      select(next);
      next.focus();
    });
  });

  // The parser undoes the mail's escaping exactly and runs nothing. The text body does not mark the password's line.
  const password = frame && parse(frame.srcdoc).querySelector('[data-password]')?.textContent;
  if (copy && password) {
    copy.hidden = false;
    copy.addEventListener('click', async () => {
      const message = await navigator.clipboard.writeText(password).then(
        () => 'Copied',
        () => 'The browser refused to copy',
      );
      find('#copied')!.textContent = message;
      setTimeout(() => {
        find('#copied')!.textContent = '';
      }, 3000);
    });
  }

  const search = find('#search')!;
  const input = search.querySelector('input')!;
  const clear = find('#clear')!;

  function filter() {
    const words = input.value.toLowerCase().split(/\s+/);
    for (const row of document.querySelectorAll<HTMLElement>('#mails li'))
      row.hidden = !words.every((word) => row.textContent!.toLowerCase().includes(word));
  }

  search.hidden = clear.hidden = false;
  input.addEventListener('input', filter);
  clear.addEventListener('click', async () => {
    await fetch('/dev/mails', { method: 'DELETE' });
    location.href = '/dev/mails';
  });
  find('#mails [aria-current]')?.scrollIntoView({ block: 'nearest' });

  async function refresh() {
    const fresh = parse(await (await fetch(location.href)).text()).querySelector('#mails');
    const list = find('#mails');
    if (!fresh || !list) return;
    const focused = list.contains(document.activeElement) ? document.activeElement?.getAttribute('href') : null;
    const scrolled = list.scrollTop;
    list.replaceWith(fresh);
    fresh.scrollTop = scrolled;
    filter();
    if (focused) find(`#mails a[href="${focused}"]`)?.focus();
  }

  async function look() {
    try {
      if (!document.hidden) {
        const seen = find('#mails')!.dataset.newest ?? '';
        const answer = await fetch(`/dev/mails.json?seen=${seen}`, { signal: AbortSignal.timeout(5000) });
        if (answer.status === 200) await refresh();
        find('#away')!.hidden = answer.ok;
      }
    } catch {
      find('#away')!.hidden = false;
    }
    setTimeout(look, 500);
  }
  void look();
}
