import { loadErrorHook } from '../../ops/errorHook.ts';
import { createLogger } from '../../ops/logger.ts';
import { startRelay } from '../../process/relay.ts';
import { installTemporalRuntime } from '../../process/runtime.ts';
import { TaskQueueInUse } from '../../temporal/taskQueue.ts';
import { buildDashboard, isDashboardStale } from './dashboard.ts';
import { watchFailures } from './failures.ts';
import type { Progress, Running } from './progress.ts';
import { startServers } from './startServers.ts';

export interface RunningEverything extends Running {
  /** Resolves with the reason when a part ends by itself. */
  failed: Promise<string>;
  attemptsUnderWay: () => number;
  /** For how long a stop lets them go on, in ms. */
  graceMs: number;
  /** Stops all parts, the last started first. */
  stop(): Promise<void>;
}

/**
 * Brings up the servers that the environment does not name, and API and worker in this process. Temporal comes up beside all that,
 * and where it has to be downloaded or built it is not waited for. What was started is stopped again when a later step fails.
 */
export async function startEverything(given: NodeJS.ProcessEnv, progress: Progress): Promise<RunningEverything> {
  const stops: (() => Promise<unknown>)[] = [];
  const failures = watchFailures();
  const stop = async (): Promise<void> => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne();
  };
  try {
    const servers = await startServers(given, progress, stops, failures);
    const { env, config, developmentKey, dataDir, postgres, temporal, databaseDirectory, note } = servers;

    if (await isDashboardStale()) {
      const built = progress.step('Dashboard');
      await buildDashboard();
      built();
    }

    const started = progress.step('API and worker');
    const logger = createLogger(config.LOG_LEVEL, await loadErrorHook(config.ERROR_HOOK));
    await installTemporalRuntime(logger);
    failures.assertNone();
    const toCome = temporal && { ready: temporal.up, progress: temporal.progress };
    const relay = await startRelay(config, logger, env, toCome ?? undefined);
    stops.push(() => relay.stop());
    failures.watch(relay.failed.catch(describeEnd));
    // A server that is there is up in seconds; one that has to be got is not waited for.
    if (temporal) await Promise.race([relay.whole, temporal.isBeingGot, failures.first]);
    failures.assertNone();
    started();

    const url = relay.url ?? '';
    const isWhole = relay.isWhole();
    const temporalUiUrl = await note(url, isWhole);
    if (!isWhole) {
      const told = relay.whole.then(async () => {
        const uiUrl = await note(url, true);
        const where = uiUrl === null ? '' : `, its Web UI at ${uiUrl}`;
        progress.note(`Temporal is there${where}: retries and workflows go on`);
      });
      told.catch(() => undefined); // `failed` tells it
    }
    return {
      url,
      isWhole,
      temporalUiUrl,
      developmentKey,
      dataDir,
      databaseDirectory,
      databaseUrl: postgres && postgres.first.url,
      failed: failures.first,
      attemptsUnderWay: relay.attemptsUnderWay,
      graceMs: config.SHUTDOWN_GRACE_MS,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function describeEnd(error: unknown): string {
  return error instanceof TaskQueueInUse ? error.message : `The worker has ended: ${String(error)}`;
}
