import { Worker } from '@temporalio/worker';

/**
 * A worker that runs workflow code without watching how long each step takes (docs/adr/0003). The SDK's worker begins and
 * ends a thread of its own for the watch at every one of the ten-odd steps of a delivery, which costs a tenth of the
 * worker's time. Code that never yields would then hold up its thread: fit for Relay's own workflows, which are reviewed
 * and replayed by tests, not for code that others bring.
 */
export class TrustingWorker extends Worker {
  protected static override createWorkflowCreator(
    ...[bundle, options, logger]: Parameters<typeof Worker.createWorkflowCreator>
  ): ReturnType<typeof Worker.createWorkflowCreator> {
    // Node watches nothing where it is given no time.
    return super.createWorkflowCreator(
      bundle,
      Object.assign({}, options, { isolateExecutionTimeoutMs: undefined }),
      logger,
    );
  }
}
