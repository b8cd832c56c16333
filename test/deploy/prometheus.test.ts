import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { openGateway } from '../support/gateway.ts';
import { promtool, skipsPromtool } from '../support/promtool.ts';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const read = (name: string) => readFileSync(path(name), 'utf8');
const folder = path('deploy/prometheus');

interface Panel {
  title: string;
  targets?: { expr: string }[];
}
const { panels } = JSON.parse(read('deploy/grafana/dashboard.json')) as { panels: Panel[] };
/** What Grafana puts in the place of its variables. */
const variables = { $job: 'ruangkerja', $instance: '.*', $__rate_interval: '1m' };
const expressions = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({
    title,
    expr: Object.entries(variables).reduce((text, [name, value]) => text.replaceAll(name, value), expr),
  })),
);
interface Rule {
  alert: string;
  expr: string;
}
const alerts = (parse(read('deploy/prometheus/alerts.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);

/** The names of the samples in an expression; what stands in quotes or braces is a label. */
const namesIn = (expr: string): string[] =>
  expr.replaceAll(/\{[^}]*\}|\([a-z, ]+\)/g, '').match(/\b(?:ruangkerja|http|graphql|process|nodejs|v8js)_\w+/g) ?? [];

/** The metrics of a gateway: their names, and those of their samples. */
async function scrape() {
  const { app } = await openGateway({ env: { METRICS_PORT: '0' } });
  const text = await app.metrics!.print();
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({ name: name!, type: type! }));
  const samples = types.flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  return { names: types.map(({ name }) => name), samples };
}

test.skipIf(skipsPromtool)('the alerts are valid, and fire when they should and not before', () => {
  expect(promtool(['check', 'rules', 'alerts.yaml'], { cwd: folder })).toBe('');
  expect(promtool(['test', 'rules', 'alerts.test.yaml'], { cwd: folder })).toBe('');
});

test('each alert has a test in which it fires', () => {
  interface Tests {
    tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
  }
  const { tests } = parse(read('deploy/prometheus/alerts.test.yaml')) as Tests;
  const firing = tests
    .flatMap(({ alert_rule_test }) => alert_rule_test)
    .filter(({ exp_alerts }) => exp_alerts.length > 0)
    .map(({ alertname }) => alertname);
  expect([...new Set(firing)].toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
});

test.skipIf(skipsPromtool)('each expression of the dashboard is valid', () => {
  expect(expressions.length).toBeGreaterThan(20);
  const temporary = mkdtempSync(join(tmpdir(), 'gateway-dashboard-'));
  onTestFinished(() => rmSync(temporary, { recursive: true }));
  const rules = expressions.map(({ expr }, n) => ({ record: `panel_${n}`, expr }));
  writeFileSync(join(temporary, 'panels.yaml'), stringify({ groups: [{ name: 'dashboard', rules }] }));
  expect(promtool(['check', 'rules', 'panels.yaml'], { cwd: temporary })).toBe('');
});

test('alerts and dashboard ask for nothing that the gateway does not tell', async () => {
  const { samples } = await scrape();
  for (const { expr } of [...alerts, ...expressions]) {
    const names = namesIn(expr);
    expect(expr === 'up{job="ruangkerja"} == 0' || names.length > 0, expr).toBe(true);
    for (const name of names) expect(samples, expr).toContain(name);
  }
});

test('docs/operate.md lists every metric, and no other', async () => {
  const { names } = await scrape();
  const table = /^\| metric \|[^]*?\n\n/m.exec(read('docs/operate.md'))![0];
  const cells = table.split('\n').map((row) => row.split('|')[1] ?? '');
  const documented = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)/g)].map(([, name]) => name!));
  expect(documented.toSorted()).toEqual(names.toSorted());
});
