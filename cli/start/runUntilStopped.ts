import { describeStartFailure, toLines } from '../../process/startFailure.ts';
import { onParentGone } from './parent.ts';
import { createProgress } from './progress.ts';
import { startEverything, type RunningEverything } from './startEverything.ts';

/** npm passes Ctrl-C on to a program that has had it from the terminal already; that is not a second one. */
const SAME_SIGNAL_MS = 500;
/** As a shell has it for a program that SIGINT ended. */
const HURRIED = 130;

/** Everything that Relay needs, on this machine, until Ctrl-C; then ends the process. */
export async function runUntilStopped(env: NodeJS.ProcessEnv): Promise<never> {
  const progress = createProgress();
  let running: RunningEverything | null = null;
  let stopping: Promise<never> | undefined;
  const stop = (exitCode: number): Promise<never> => (stopping ??= end(exitCode));
  const end = async (exitCode: number): Promise<never> => {
    if (!running) process.exit(HURRIED);
    progress.note(describeStop(running));
    await running.stop();
    progress.note('Stopped. `npm start` goes on where this left off.');
    process.exit(exitCode);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    let asked = 0;
    process.on(signal, () => {
      if (stopping && Date.now() - asked > SAME_SIGNAL_MS) {
        // The servers are stopped by their guards; an attempt that is broken off is made again by the next start.
        progress.note('Stopped at once. `npm start` goes on where this left off.');
        process.exit(HURRIED);
      }
      asked = Date.now();
      void stop(0);
    });
  }
  process.on('SIGHUP', () => void stop(0));
  onParentGone(env, () => void stop(0));
  try {
    running = await startEverything(env, progress);
    progress.ready(running);
    const reason = await running.failed;
    if (!stopping) progress.fail(reason);
    return await stop(1);
  } catch (error) {
    progress.fail(toLines(describeStartFailure(error)));
    process.exit(1);
  }
}

/** What a stop waits for. */
function describeStop({ attemptsUnderWay, graceMs }: RunningEverything): string {
  const count = attemptsUnderWay();
  const waits =
    count > 0 ? `${count} ${count === 1 ? 'attempt' : 'attempts'} under way, up to ${graceMs / 1000} s` : '';
  return `Stopping${waits && `: ${waits}`}; Ctrl-C again stops at once`;
}
