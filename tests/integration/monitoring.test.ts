import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay } from '../support/testRelay.ts';

interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: { runbook: string } }[] }[];
}
interface Dashboard {
  panels: { title: string; type: string; targets?: { expr: string }[] }[];
}

/** Made by Prometheus, or by the SDK only once something has gone wrong. */
const NOT_YET = ['up', 'temporal_request_failure_total'];
const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const run = promisify(execFile);

const { groups } = parse(await readFile(path('deploy/prometheus/alerts.yml'), 'utf8')) as Rules;
const alerts = groups.flatMap(({ rules }) => rules);
const { panels } = JSON.parse(await readFile(path('deploy/grafana/relay.json'), 'utf8')) as Dashboard;
const isPromtoolHere = await run('promtool', ['--version']).then(
  () => true,
  () => false,
);

/** The metrics that an expression asks for; selectors and names of labels are none. */
function metricsOf(expr: string): string[] {
  const bare = expr.replaceAll(/"[^"]*"|\[[^\]]*\]/g, '').replaceAll(/\{[^}]*\}/g, '');
  return bare.match(/\b(relay|temporal|nodejs|process)_\w+|\bup\b/g) ?? [];
}

test('every metric that an alert or the dashboard asks for is on the page of a live relay', async () => {
  const { api, url } = await startTestRelay();
  const receiver = createReceiver();
  const { url: target } = await receiver.listen();
  await api.createWebhook({ url: target });
  const { body: event } = await api.postEvent({ eventType: 'monitored', payload: {} });
  await eventually(async () => (await api.getEvent(event.id)).body.status === 'delivered');
  await receiver.close();

  const exprs = [
    ...alerts.map(({ expr }) => expr),
    ...panels.flatMap(({ targets = [] }) => targets.map((t) => t.expr)),
  ];
  expect(exprs.length).toBeGreaterThan(40);
  for (const expr of exprs) expect(metricsOf(expr), expr).not.toEqual([]);
  const wanted = [...new Set(exprs.flatMap(metricsOf))].filter((name) => !NOT_YET.includes(name));
  await eventually(async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const known = new Set(text.match(/^\w+|(?<=^# TYPE )\w+/gm));
    const missing = wanted.filter((name) => !known.has(name));
    if (missing.length > 0) throw new Error(`Not there: ${missing.join(', ')}`);
    return true;
  });
});

test('every metric of Relay’s own, and every alert, is explained in docs/OPERATIONS.md', async () => {
  const { url } = await startTestRelay({ RELAY_ROLE: 'api' });
  const text = await (await fetch(`${url}/metrics`)).text();
  const guide = await readFile(path('docs/OPERATIONS.md'), 'utf8');
  const own = [...text.matchAll(/^# TYPE (relay_\w+)/gm)].map(([, name]) => name ?? '');
  expect(own.length).toBeGreaterThan(10);
  expect(own.filter((name) => !guide.includes(`\`${name}`))).toEqual([]);
  expect(alerts.filter(({ alert }) => !guide.includes(`### ${alert}\n`)).map(({ alert }) => alert)).toEqual([]);
  for (const { alert, annotations } of alerts) {
    expect(annotations.runbook).toBe(`docs/OPERATIONS.md#${alert.toLowerCase()}`);
  }
});

test('every metric that a guide names is on the page of a live relay, and every signal and query is explained', async () => {
  const { url } = await startTestRelay();
  const text = await (await fetch(`${url}/metrics`)).text();
  const known = new Set(text.match(/^\w+|(?<=^# TYPE )\w+/gm));
  const guides = await Promise.all(
    ['OPERATIONS', 'DEPLOYMENT', 'ARCHITECTURE']
      .map((name) => path(`docs/${name}.md`))
      .map((file) => readFile(file, 'utf8')),
  );
  const named = guides.flatMap((guide) =>
    [...guide.matchAll(/`((?:relay|nodejs)_[a-z0-9_]+[a-z0-9])(?=[`{])/g)].map(([, name]) => name ?? ''),
  );
  const other = ['relay_app', 'relay_owner'];
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !known.has(name) && !other.includes(name))).toEqual([]);
  const messages = await readFile(path('workflows/messages.ts'), 'utf8');
  const names = [...messages.matchAll(/define(?:Signal|Query)(?:<[^(]*>)?\('(\w+)'/g)].map(([, name]) => name ?? '');
  expect(names).toContain('retryNow');
  expect(names.filter((name) => !guides[0]?.includes(`| \`${name}\` |`))).toEqual([]);
});

test('every metric of Relay’s own is on the dashboard', async () => {
  const { url } = await startTestRelay({ RELAY_ROLE: 'api' });
  const text = await (await fetch(`${url}/metrics`)).text();
  const own = [...text.matchAll(/^# TYPE (relay_\w+)/gm)].map(([, name]) => name ?? '');
  const asked = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join('\n');
  expect(own.filter((name) => !asked.includes(name))).toEqual([]);
});

test('each thing that the dashboard asks for is of the job and the instances that are chosen', () => {
  for (const expr of panels.flatMap(({ targets = [] }) => targets.map((target) => target.expr))) {
    const selected = expr.match(/job=~"\$job",instance=~"\$instance"/g) ?? [];
    expect([expr, selected.length]).toEqual([expr, metricsOf(expr).length]);
  }
});

test('the dashboard’s panels have titles, and each but the rows asks for something', () => {
  for (const { title, type, targets = [] } of panels) {
    expect(title).not.toBe('');
    expect(targets.length > 0, title).toBe(type !== 'row');
  }
});

test.skipIf(!isPromtoolHere)(
  `Prometheus takes the alerts, and each fires when it should and only then${isPromtoolHere ? '' : ' (promtool is not installed)'}`,
  async () => {
    const checked = await run('promtool', ['check', 'rules', path('deploy/prometheus/alerts.yml')]);
    expect(checked.stdout).toContain(`SUCCESS: ${alerts.length} rules found`);
    const tested = await run('promtool', ['test', 'rules', path('deploy/prometheus/alerts.test.yml')]);
    expect(tested.stdout).toContain('SUCCESS');
    const tests = await readFile(path('deploy/prometheus/alerts.test.yml'), 'utf8');
    expect(alerts.filter(({ alert }) => !tests.includes(`alertname="${alert}"`))).toEqual([]);
  },
);
