import { refuseOldNode } from '../ops/nodeVersion.ts';

refuseOldNode(process.versions.node);
const { readConfig } = await import('../ops/config.ts');
const { loadErrorHook } = await import('../ops/errorHook.ts');
const { createLogger } = await import('../ops/logger.ts');
const { installTemporalRuntime } = await import('./runtime.ts');
const { startRelay } = await import('./relay.ts');
const { TaskQueueInUse } = await import('../temporal/taskQueue.ts');
const { VERSION } = await import('../ops/version.ts');
const { describeStartFailure, toLines, toLogLine } = await import('./startFailure.ts');

/** A process of Relay, as the container image runs it: its role and addresses come from the environment. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const captureException = await loadErrorHook(config.ERROR_HOOK);
  const logger = createLogger(config.LOG_LEVEL, captureException);
  // Watched, not caught: the process still ends of it.
  process.on('uncaughtExceptionMonitor', (error) => logger.error('Relay ends of an unexpected error', { error }));
  await installTemporalRuntime(logger);
  const relay = await startRelay(config, logger, process.env);
  const temporal = relay.isWhole() ? 'ok' : 'unavailable';
  logger.info('Relay is up', { version: VERSION, role: config.RELAY_ROLE, url: relay.url, temporal });
  if (!relay.isWhole())
    relay.whole.then(
      () => logger.info('Temporal is there'),
      () => undefined,
    );

  let stopping = false;
  const stop = async (why: string, exitCode: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    logger.info('Relay is stopping', { why });
    await relay.stop();
    logger.info('Relay has stopped');
    process.exit(exitCode);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal, 0));
  await relay.failed.catch((error: unknown) => {
    if (error instanceof TaskQueueInUse) tell(error);
    else logger.error('A part of Relay failed', { error });
    return stop('failure', 1);
  });
}

/** Says on stderr why this process cannot go on. */
function tell(error: unknown): void {
  const failure = describeStartFailure(error);
  process.stderr.write(`${process.stderr.isTTY ? toLines(failure) : toLogLine(failure)}\n`);
}

main().catch((error: unknown) => {
  tell(error);
  process.exit(1);
});
