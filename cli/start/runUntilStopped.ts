import { createProgress } from './progress.ts';
import { startEverything } from './startEverything.ts';

/** Everything that Relay needs, on this machine, until Ctrl-C; then ends the process. */
export async function runUntilStopped(env: NodeJS.ProcessEnv): Promise<never> {
  const progress = createProgress();
  try {
    const running = await startEverything(env, progress);
    progress.ready(running);
    let stopping: Promise<never> | undefined;
    const stop = (exitCode: number): Promise<never> => (stopping ??= end(exitCode));
    const end = async (exitCode: number): Promise<never> => {
      await running.stop();
      progress.note('Stopped. `npm start` goes on where this left off.');
      process.exit(exitCode);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
    const reason = await running.failed;
    if (!stopping) progress.fail(reason);
    return await stop(1);
  } catch (error) {
    progress.fail(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}
