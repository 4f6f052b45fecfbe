import { writeFileSync } from 'node:fs';
import type { Tally } from './load.ts';

const rows: string[] = [];

/** Keeps a run's counts; with `FAULTS_REPORT=<file>` the table of all of them is written there as Markdown. */
export function report(fault: string, tally: Tally): void {
  const { accepted, refused, delivered, lost, duplicates } = tally;
  rows.push(`| ${fault} | ${accepted} | ${refused} | ${delivered} | ${lost} | ${duplicates} |`);
  const file = process.env['FAULTS_REPORT'];
  if (!file) return;
  const head =
    '| fault, under load | accepted | refused | delivered | lost | duplicates |\n|---|---|---|---|---|---|\n';
  writeFileSync(file, `${head}${rows.join('\n')}\n`);
}
