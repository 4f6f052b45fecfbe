import { readdirSync, readFileSync } from 'node:fs';
import proto from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { workflowBundle } from '../../temporal/bundle.ts';

const { History } = proto.temporal.api.history.v1;
const directory = new URL('../../workflows/histories/', import.meta.url);

test.each(readdirSync(directory))('the workflow code still replays %s', async (file) => {
  const history = History.decode(readFileSync(new URL(file, directory)));
  expect(history.events.length).toBeGreaterThan(3);
  await expect(Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history)).resolves.toBeUndefined();
});
