import { startEverything } from './start/startEverything.ts';
import { createProgress } from './start/progress.ts';

/** `npm start`: everything that Relay needs, on this machine, until Ctrl-C. */
const progress = createProgress();
try {
  const running = await startEverything(process.env, progress);
  progress.ready(running);
  let stopping = false;
  const stop = async (exitCode: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await running.stop();
    progress.note('Stopped. `npm start` goes on where this left off.');
    process.exit(exitCode);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
  const reason = await running.failed;
  if (!stopping) {
    progress.fail(reason);
    await stop(1);
  }
} catch (error) {
  progress.fail(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
