import { appendFileSync, existsSync } from 'node:fs';
import type { Tally } from './load.ts';

const HEAD = '| fault, under load | accepted | refused | delivered | lost | duplicates |\n|---|---|---|---|---|---|\n';

/** Keeps a run's counts; with `FAULTS_REPORT=<file>` a table in Markdown grows there by a row for each. */
export function report(fault: string, tally: Tally): void {
  const file = process.env['FAULTS_REPORT'];
  if (!file) return;
  const { accepted, refused, delivered, lost, duplicates } = tally;
  const row = `| ${fault} | ${accepted} | ${refused} | ${delivered} | ${lost} | ${duplicates} |\n`;
  appendFileSync(file, existsSync(file) ? row : `${HEAD}${row}`);
}
