import { Worker } from '@temporalio/worker';
import type { Workflow } from '@temporalio/worker/lib/workflow/interface.js';

/**
 * A worker that spares Relay's own workflows what they do not need (docs/adr/0003).
 *
 * - It does not watch how long each step takes, for which the SDK's worker begins and ends a thread of its own at every one
 *   of the ten-odd steps of a delivery. Code that never yields would hold up its thread: fit for workflows that are reviewed
 *   and replayed by tests, not for code that others bring.
 * - It asks a workflow for its log lines only when a step of it failed. The SDK's worker asks after every step, which is a
 *   third of what it says to the workflow's thread, and gets two lines of level `debug`. Hence no `log` in workflow code.
 */
export class LeanWorker extends Worker {
  protected static override async createWorkflowCreator(
    ...[bundle, options, logger]: Parameters<typeof Worker.createWorkflowCreator>
  ): ReturnType<typeof Worker.createWorkflowCreator> {
    // Node watches nothing where it is given no time.
    const unwatched = Object.assign({}, options, { isolateExecutionTimeoutMs: undefined });
    const creator = await super.createWorkflowCreator(bundle, unwatched, logger);
    return {
      createWorkflow: async (create) => quiet(await creator.createWorkflow(create)),
      destroy: () => creator.destroy(),
    };
  }
}

/** The workflow, which tells its log lines only after a step that failed, or that ended it by a failure. */
function quiet(workflow: Workflow): Workflow {
  let hasFailed = false;
  return {
    async activate(activation) {
      hasFailed = true;
      const completion = await workflow.activate(activation);
      hasFailed =
        !completion.successful ||
        (completion.successful.commands ?? []).some((command) => command.failWorkflowExecution);
      return completion;
    },
    getAndResetSinkCalls: () => (hasFailed ? workflow.getAndResetSinkCalls() : Promise.resolve([])),
    dispose: () => workflow.dispose(),
  };
}
