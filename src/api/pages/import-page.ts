import { html, raw } from 'hono/html';
import type { UserField } from '../../users/user-field.ts';
import { fieldNames, userFields } from '../../users/user-fields.ts';
import { scriptSafe } from './asset.ts';
import { otherLanguage } from './errors-page.ts';
import { importTexts } from './import-texts.ts';
import type { Language } from './language.ts';
import { layout } from './layout.ts';

/** What the import page shows. */
export interface ImportPage {
  /** Prefilled in development; null leaves the field empty. */
  token: string | null;
  /** Whether mails land in the development mailbox, to which the page then leads. */
  development: boolean;
  language: Language;
  nonce: string;
}

/** Renders the page on which a person imports a file. Its script is that of src/import/browser. */
export function importPage({ token, development, language, nonce }: ImportPage): Promise<string> {
  const t = importTexts[language];
  const body = html`<main class="import" id="main">
      <h1>${t.title}</h1>
      <p>${t.intro}</p>
      <p class="soft">${otherLanguage('/import', language)}</p>
      <h2 class="step">${t.fileHeading}</h2>
      <label class="drop" id="drop">
        <span>${t.drop}</span>
        <input type="file" id="file" data-import="file" aria-label="${t.file}" accept=".csv,.txt,.tsv,text/csv" />
        <strong id="name"></strong>
      </label>
      <p class="soft"><a id="template" href="#template" download="users.csv">${t.template}</a></p>
      <h2 class="step">${t.accessHeading}</h2>
      <label class="field"
        >${t.token}
        <input id="token" data-import="token" value="${token ?? ''}" autocomplete="off" spellcheck="false" />
      </label>
      <details>
        <summary>${t.client}</summary>
        <label class="field">${t.clientID} <input id="client-id" autocomplete="off" spellcheck="false" /></label>
        <label class="field">${t.clientSecret} <input id="client-secret" type="password" autocomplete="off" /></label>
      </details>
      <p class="soft">${t.memory}</p>
      <fieldset id="columns" hidden>
        <legend><h2 class="step">${t.columnsHeading}</h2></legend>
        ${columnTable(language)}
        <p class="problem" id="missing" role="status"></p>
      </fieldset>
      <h2 class="step">${t.checkHeading}</h2>
      <div class="bar">
        <button class="main" id="check" data-import="check" disabled>${t.check}</button>
        <button class="main" id="create" data-import="create" disabled>${t.createFirst}</button>
        <button id="stop" hidden>${t.stop}</button>
      </div>
      <progress id="progress" aria-label="${t.checkHeading}" hidden></progress>
      <p id="status" role="status"></p>
      <p class="note" id="problem" role="alert" hidden></p>
      <ul class="soft" id="notes" hidden></ul>
      <section id="results" tabindex="-1" aria-label="${t.resultHeading}" hidden>
        <dl class="counts" id="summary"></dl>
        <p><a id="errors" data-import="errors" hidden>${t.errors}</a></p>
        <p id="mailbox" hidden>${development ? html`<a href="/dev/mails">${t.mailbox}</a>` : ''}</p>
        ${rejectedTable(language)}
      </section>
    </main>
    <script type="application/json" id="texts">
      ${raw(scriptSafe(t))}
    </script>`;
  return layout({
    title: t.title,
    here: '/import',
    frame: { development },
    nonce,
    body,
    language,
    css,
    module: '/import/page.js',
  });
}

function columnTable(language: Language) {
  const t = importTexts[language];
  return html`<table>
    <thead>
      <tr>
        <th scope="col">${t.field}</th>
        <th scope="col">${t.columnOf}</th>
        <th scope="col">${t.sample}</th>
      </tr>
    </thead>
    <tbody>
      ${fieldNames.map((name) => {
        const field: UserField = userFields[name];
        const isEither = name === 'email' || name === 'phone';
        const rule = field.required ? t.required : isEither ? t.either : '';
        return html`<tr>
          <th scope="row"><label for="column-${name}">${name}</label> <span class="soft">${rule}</span></th>
          <td>
            <select id="column-${name}" name="${name}">
              <option value="">${t.none}</option>
            </select>
          </td>
          <td class="soft" id="sample-${name}"></td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

function rejectedTable(language: Language) {
  const t = importTexts[language];
  return html`<div id="rejected" hidden>
    <h2>${t.refusedHeading}</h2>
    <label class="field"
      >${t.filter}
      <select id="filter"></select
    ></label>
    <div class="scroll" tabindex="0" role="region" aria-label="${t.refusedHeading}">
      <table>
        <thead>
          <tr>
            <th scope="col">${t.line}</th>
            <th scope="col">${t.employeeID}</th>
            <th scope="col">${t.error}</th>
            <th scope="col">${t.why}</th>
          </tr>
        </thead>
        <tbody id="rejected-rows"></tbody>
      </table>
    </div>
    <button id="more" hidden></button>
  </div>`;
}

const css = `
.import { max-width: 56rem; margin: auto; padding: 1.5rem 1rem 4rem }
.import { counter-reset: step } .import h2 { margin: 1.75rem 0 .5rem }
.step { counter-increment: step } .step::before { content: counter(step) '. ' }
.drop { display: grid;
  grid-template-columns: minmax(0, 1fr); gap: .5rem; justify-items: start; padding: 1.25rem; background: var(--sheet);
  border: 2px dashed var(--line); border-radius: 8px }
.drop.over, .drop:focus-within { border-color: var(--accent); background: var(--tint) }
#name:empty { display: none }
.drop input { max-width: 100%; font: inherit; font-size: .875rem }
.field { display: grid; gap: .25rem; margin-block: .5rem; font-size: .875rem }
.field input, .field select, td select { font: inherit; font-size: .875rem; padding: .375rem .5rem; width: 100%;
  color: inherit; background: var(--sheet); border: 1px solid var(--line); border-radius: 6px }
summary { cursor: pointer; font-size: .875rem }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0 } legend { padding: 0 }
.import table { width: 100%; border-collapse: collapse; background: var(--sheet); font-size: .875rem }
.import th, .import td { padding: .375rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere;
  border-bottom: 1px solid var(--line) }
.import thead th { font-weight: 600; color: var(--soft); overflow-wrap: normal } .import th .soft { font-weight: 400 }
.import fieldset :is(th, td) { vertical-align: middle }
.scroll { overflow-x: auto } .scroll :is(th, td):is(:nth-child(1), :nth-child(3)) { white-space: nowrap;
  overflow-wrap: normal }
progress { width: 100%; accent-color: var(--accent) }
button:disabled { opacity: .5; cursor: not-allowed }
.problem:empty { display: none }
.counts { display: grid; grid-template-columns: 1fr auto; gap: .25rem 1rem; max-width: 26rem; margin: 1rem 0 }
.counts dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; font-weight: 600 }
@media (max-width: 36rem) { .import fieldset th:nth-child(3), .import fieldset td:nth-child(3) { display: none } }
`;
