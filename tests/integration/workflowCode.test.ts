import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { LeanWorker } from '../../temporal/leanWorker.ts';

const workflowsPath = fileURLToPath(new URL('../support/workflows/index.ts', import.meta.url));
/** What the SDK's worker would end a step after, in ms; 5 s by default. */
const watch = { isolateExecutionTimeout: 50 };
const taskQueue = `workflow-code-${randomUUID()}`;
let connection: NativeConnection;

beforeAll(async () => {
  connection = await NativeConnection.connect({ address: inject('temporalAddress') });
});
afterAll(() => connection.close());

test('workflow code is not watched: what takes longer than the SDK would allow ends all the same', async () => {
  const worker = await LeanWorker.create({ connection, taskQueue, workflowsPath, ...watch });
  const client = new Client({ connection });
  const start = { taskQueue, workflowId: randomUUID(), workflowExecutionTimeout: '30 seconds' } as const;
  await expect(worker.runUntil(client.workflow.execute('busy', start))).resolves.toBeTypeOf('number');
});

test('workflow code is asked for what it logs when it failed, and not else', async () => {
  const heard: string[] = [];
  const sinks = { notes: { note: { fn: (_: unknown, text: string) => void heard.push(text) } } };
  const worker = await LeanWorker.create({ connection, taskQueue, workflowsPath, sinks });
  const client = new Client({ connection });
  const run = (workflowId: string, fails: boolean) =>
    client.workflow.execute('noting', { taskQueue, workflowId, args: [workflowId, fails] });
  const [well, ill] = [randomUUID(), randomUUID()];
  await worker.runUntil(async () => {
    await run(well, false);
    await expect(run(ill, true)).rejects.toThrow();
  });
  expect(heard).toEqual([ill]);
});
