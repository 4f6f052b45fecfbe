import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Role } from '../ops/config.ts';
import { machine, startBench, watchMemory, type Part } from './support/bench.ts';
import { deliver, inColumns, type Delivered } from './support/deliver.ts';
import { createPoster } from './support/load.ts';

/**
 * `npm run bench:scale -- [--json <file>] [--events 3000]`: the same deliveries by one process that does everything, by
 * several of them, and by API and workers apart.
 */
const { values } = parseArgs({
  options: { json: { type: 'string' }, events: { type: 'string', default: '3000' } },
});
const events = Number(values.events);

const LAYOUTS: Record<string, Role[]> = {
  'one process': ['all'],
  'two processes': ['all', 'all'],
  'API and a worker': ['api', 'worker'],
  'API and two workers': ['api', 'worker', 'worker'],
  'API and three workers': ['api', 'worker', 'worker', 'worker'],
};

interface Row extends Delivered {
  peakMemoryMiB: Partial<Record<Part, number>>;
}

const rows: Record<string, Row> = {};
for (const [name, roles] of Object.entries(LAYOUTS)) {
  const bench = await startBench(roles);
  const poster = createPoster(bench.urls);
  const memory = watchMemory(bench.use);
  try {
    const closed = (eventType: string, count: number) => () => poster.closed(eventType, { concurrency: 32, count });
    await deliver(bench, 'warm-up', 1, closed('warm-up', 500));
    rows[name] = { ...(await deliver(bench, 'scale', 1, closed('scale', events))), peakMemoryMiB: memory.peak };
  } finally {
    memory.stop();
    await poster.close();
    await bench.stop();
  }
}
console.log(machine());
console.table(
  Object.fromEntries(
    Object.entries(rows).map(([name, { peakMemoryMiB, ...row }]) => [
      name,
      { ...inColumns(row), memory: JSON.stringify(peakMemoryMiB) },
    ]),
  ),
);
if (values.json) await writeFile(values.json, `${JSON.stringify({ machine: machine(), rows }, null, 2)}\n`);
