import { readdirSync, readFileSync } from 'node:fs';
import proto from '@temporalio/proto';
import { bundleWorkflowCode, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { WORKFLOW_SOURCES } from '../../temporal/bundle.ts';

const { History } = proto.temporal.api.history.v1;
const directory = new URL('../../workflows/histories/', import.meta.url);
let workflowBundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  workflowBundle = await bundleWorkflowCode(WORKFLOW_SOURCES);
});

test.each(readdirSync(directory))('the workflow code still replays %s', async (file) => {
  const history = History.decode(readFileSync(new URL(file, directory)));
  expect(history.events.length).toBeGreaterThan(3);
  await expect(Worker.runReplayHistory({ workflowBundle }, history)).resolves.toBeUndefined();
});
