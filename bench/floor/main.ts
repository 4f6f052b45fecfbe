import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { LeanWorker } from '../../temporal/leanWorker.ts';
import type { FloorActivities } from './activities.ts';

/**
 * The floor in a process of its own, as Relay's worker is: starts `COUNT` no-op workflows eagerly, as many at once as the
 * dispatcher would, by a worker like Relay's, and prints `{ tookMs, cpuMs }` of the run, without the start of the process.
 */
const count = Number(process.env['COUNT']);
const AT_ONCE = 32;
const taskQueue = 'bench-floor';

const silent = (): void => undefined;
Runtime.install({
  shutdownSignals: [],
  logger: { ...console, log: silent, trace: silent, debug: silent, info: silent },
});
const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
const activities: FloorActivities = { nothing: () => Promise.resolve() };
const worker = await LeanWorker.create({
  connection,
  taskQueue,
  workflowsPath: fileURLToPath(new URL('./workflow.ts', import.meta.url)),
  bundlerOptions: { preloadModules: [fileURLToPath(new URL('./preload.ts', import.meta.url))] },
  activities: { ...activities },
  maxConcurrentWorkflowTaskExecutions: 240,
  maxConcurrentLocalActivityExecutions: 240,
  maxCachedWorkflows: 1000,
});
const client = new Client({ connection });

async function run(from: number, to: number): Promise<void> {
  let next = from;
  const one = async (): Promise<void> => {
    while (next < to) {
      const workflowId = `floor-${next++}`;
      const handle = await client.workflow.start('floorWorkflow', {
        workflowId,
        taskQueue,
        args: [],
        requestEagerStart: true,
      });
      await handle.result();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

await worker.runUntil(async () => {
  await run(0, 100);
  const began = performance.now();
  const cpu = process.cpuUsage();
  await run(100, 100 + count);
  const { user, system } = process.cpuUsage(cpu);
  console.log(JSON.stringify({ tookMs: performance.now() - began, cpuMs: (user + system) / 1000 }));
});
await connection.close();
