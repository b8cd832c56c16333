// Colours are pairs of at least 4.5:1 (WCAG 2.2, 1.4.3) in both schemes.
/** Colours and navigation, for pages that bring styles of their own too. */
export const navigationCss = `
:root { color-scheme: light dark; --ink: #1b2420; --soft: #57635e; --line: #dbe2df; --ground: #f5f7f6; --sheet: #fff;
  --accent: #0b6b57; --on-accent: #fff; --tint: #e4f1ed; --warn: #fdf3dc }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ecea; --soft: #a0ada8; --line: #2f3835; --ground: #121716;
  --sheet: #1a201f;
  --accent: #62cdb2; --on-accent: #08221b; --tint: #1d332d; --warn: #3a2f14 } }
nav.site { display: flex; flex-wrap: wrap; gap: .125rem .25rem; padding: .375rem .75rem; background: var(--sheet);
  border-bottom: 1px solid var(--line) }
nav.site a { padding: .25rem .5rem; border-radius: 6px; color: inherit; text-decoration: none; font-size: .9375rem }
nav.site a:hover { background: var(--ground) }
nav.site a[aria-current] { background: var(--tint); color: var(--accent); font-weight: 600 }
`;

/** The styles of our own pages. */
export const css = `${navigationCss}
* { box-sizing: border-box }
[hidden] { display: none !important }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground) }
a { color: var(--accent) }
code, pre { font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
.skip { position: absolute; left: -100vw; padding: .5rem; background: var(--sheet) } .skip:focus { left: 0 }
.sheet { max-width: 56rem; margin: auto; padding: 1.5rem 1rem 4rem }
.sheet h2 { margin: 2rem 0 .5rem } .sheet ul { padding-left: 1.25rem; margin: .5rem 0 }
.sheet pre { background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem;
  margin: .5rem 0; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere }
input { font: inherit; color: inherit; background: var(--sheet); border: 1px solid var(--line); border-radius: 6px;
  padding: .375rem .625rem; max-width: 100% }
h1 { font-size: 1.25rem; margin: 0 } h2 { font-size: 1.0625rem; margin: 0 } p { margin: .5rem 0 }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.soft { color: var(--soft); font-size: .875rem }
.note { background: var(--warn); padding: .5rem .75rem; border-radius: 6px }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; margin-block: .75rem }
button { font: inherit; font-size: .875rem; padding: .375rem .875rem; border-radius: 6px;
  border: 1px solid var(--line); background: var(--sheet);
  color: inherit; cursor: pointer }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600 }

.sheet h3 { font-size: .9375rem; margin: 0 }
.cards { list-style: none; padding: 0 !important; display: grid; gap: .75rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)) }
.cards li { background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem }
.figures { display: grid; gap: .75rem; margin: 0; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)) }
.figures div { background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; padding: .5rem 1rem }
.figures dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
.columns { display: grid; gap: 0 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)) }
.latest { list-style: none; margin: 0; padding: 0 !important }
.latest li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 .75rem; padding: .375rem 0;
  overflow-wrap: anywhere; border-top: 1px solid var(--line) }
.latest time { grid-area: 1 / 2 } .latest span { grid-column: 1 / 3 }

.errors dl { margin: 0; background: var(--sheet); border: 1px solid var(--line); border-radius: 8px }
.errors dl > div { display: grid; grid-template-columns: 4rem 1fr 3rem; gap: .125rem 1rem; padding: .625rem 1rem;
  scroll-margin: 1rem }
.errors dl > div + div { border-top: 1px solid var(--line) }
.errors dl > div:is(:target, :has(:target)) { background: var(--tint); outline: 2px solid var(--accent) }
.errors [id] { scroll-margin: 1rem }
.errors dt { grid-column: 2; overflow-wrap: anywhere } .errors dt a { color: inherit; text-decoration: none;
  font-weight: 600 }
.errors dt a:hover { text-decoration: underline }
.errors dd { margin: 0; grid-column: 2 / 4 }
.errors .number { grid-area: 1 / 1; font-variant-numeric: tabular-nums; color: var(--accent); font-weight: 600 }
.errors .status { grid-area: 1 / 3; text-align: right; font-variant-numeric: tabular-nums }

@media (max-width: 36rem) {
  .errors dl > div { grid-template-columns: 1fr auto } .errors dt, .errors dd { grid-column: 1 / 3 }
  .errors .number { grid-area: 1 / 1 } .errors .status { grid-area: 1 / 2 }
}

.mailbox { display: grid; grid-template: auto minmax(0, 1fr) / 22rem minmax(0, 1fr); flex: 1; min-height: 0 }
body:has(> .mailbox) { display: flex; flex-direction: column; height: 100vh; height: 100dvh }
.mailbox > header { grid-column: 1 / 3; padding: .75rem 1.25rem; border-bottom: 1px solid var(--line);
  background: var(--sheet) }
.mailbox > header .bar { margin: 0 }
.mailbox label { display: flex; align-items: center; gap: .5rem; flex: 0 1 18rem }
.mailbox label input { flex: 1; min-width: 0 }
.mails { overflow-y: auto; border-right: 1px solid var(--line); background: var(--sheet) }
.mails ol { list-style: none; margin: 0; padding: 0 }
.mails li a { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 .75rem; padding: .625rem 1.25rem;
  color: inherit; text-decoration: none;
  border-bottom: 1px solid var(--line); outline-offset: -3px }
.mails li a:hover { background: var(--ground) }
.mails li a[aria-current] { background: var(--tint); box-shadow: inset 3px 0 var(--accent) }
.mails strong, .mails span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0 }
.mails .subject { grid-column: 1 / 3 }
.mails .empty { padding: 1rem 1.25rem }
.mail { overflow-y: auto; padding: 1rem 1.5rem; display: flex; flex-direction: column; min-width: 0 }
.mail h2, .mail p { overflow-wrap: anywhere }
.mail .none { margin: auto; color: var(--soft) }
[role=tablist] { display: flex; gap: .25rem; margin-right: auto }
[role=tab] { background: none; border-color: transparent }
[role=tab][aria-selected=true] { background: var(--tint); color: var(--accent); font-weight: 600 }
[role=tabpanel] { flex: 1; min-height: 20rem; display: flex; border: 1px solid var(--line); border-radius: 8px;
  overflow: hidden; background: var(--sheet) }
[role=tabpanel] iframe { flex: 1; width: 100%; border: 0 }
[role=tabpanel] pre { flex: 1; margin: 0; padding: 1rem; overflow: auto; white-space: pre-wrap;
  overflow-wrap: anywhere }
.back { display: none }
@media (max-width: 48rem) {
  .mailbox { grid-template: auto minmax(0, 1fr) / minmax(0, 1fr) }
  .mailbox > header { grid-column: 1; padding-inline: 1rem } .mailbox:not(.opened) h1 { width: 100% }
  .mailbox label { flex: 1 1 8rem; min-width: 0 }
  .mails { border-right: 0 } .mails li a, .mails .empty { padding-inline: 1rem } .mail { padding: .75rem 1rem }
  .mailbox.opened > .mails, .mailbox:not(.opened) > .mail { display: none }
  .mailbox.opened .back { display: inline } .mailbox.opened > header .soft { display: none }
}
`;
