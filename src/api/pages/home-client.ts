/**
 * Runs the home page in the browser: copies, and shows what is new every two seconds. The page carries this function as
 * text, so it uses nothing from outside itself.
 */
export function homeClient(): void {
  const find = <E extends HTMLElement>(selector: string) => document.querySelector<E>(selector);

  for (const button of document.querySelectorAll<HTMLElement>('[data-copy]')) {
    button.hidden = false;
    button.addEventListener('click', async () => {
      find('#copied')!.textContent = await navigator.clipboard.writeText(button.dataset['copy']!).then(
        () => 'Copied.',
        () => 'The browser refused to copy.',
      );
    });
  }

  let shown = '';

  async function look() {
    try {
      if (!document.hidden) {
        const answer = await fetch('/news', { signal: AbortSignal.timeout(5000) });
        const news = find('#news')!;
        const focused = news.contains(document.activeElement) && document.activeElement?.getAttribute('href');
        const fresh = await answer.text();
        // Not compared with innerHTML, which writes entities in another way.
        if (answer.ok && fresh !== shown) news.innerHTML = shown = fresh;
        if (focused) find(`#news a[href="${focused}"]`)?.focus();
        find('#away')!.hidden = answer.ok;
      }
    } catch {
      find('#away')!.hidden = false;
    }
    setTimeout(look, 2000);
  }
  void look();
}
