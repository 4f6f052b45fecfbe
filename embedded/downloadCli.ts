import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

// Types only: at run time the module is the worker package's own dependency, and is resolved from there.
// eslint-disable-next-line @typescript-eslint/consistent-type-imports -- a module without an import of its own
type Native = (typeof import('@temporalio/core-bridge'))['native'];

/** How long a download is good for: the file's name holds the version, so it never goes stale. */
const NEVER_AGAIN_MS = 10 * 365 * 24 * 3600 * 1000;

/**
 * Lets the Temporal SDK download the `temporal` CLI that fits it into `directory`, once. The SDK can only download and
 * start in one step, so the server it starts, on a free port and in memory, is stopped at once.
 * @returns the path of the program.
 * @throws when the SDK cannot download it, as without internet access.
 */
export async function downloadCli(directory: string, log: (line: string) => void): Promise<string> {
  const fromHere = createRequire(import.meta.url);
  const fromWorker = createRequire(fromHere.resolve('@temporalio/worker'));
  const { native } = fromWorker('@temporalio/core-bridge') as { native: Native };
  const { version } = fromHere('@temporalio/worker/package.json') as { version: string };

  await mkdir(directory, { recursive: true });
  log("Getting the temporal CLI through the SDK's download (about 100 MB, once) …");
  // A runtime apart from the SDK's own, which the application configures later and can do so only once.
  const runtime = native.newRuntime({
    logExporter: { type: 'console', filter: 'ERROR', format: null },
    telemetry: { attachServiceName: false, metricPrefix: 'temporal_' },
    metricsExporter: null,
    workerHeartbeatIntervalMillis: null,
  });
  const sdkName = 'sdk-typescript';
  try {
    const server = await native.newEphemeralServer(runtime, {
      type: 'dev-server',
      exe: {
        type: 'cached-download',
        downloadDir: directory,
        version: 'default',
        ttl: NEVER_AGAIN_MS,
        sdkName,
        sdkVersion: version,
      },
      namespace: 'default',
      ip: '127.0.0.1',
      port: null,
      uiPort: null,
      ui: false,
      dbFilename: null,
      log: { format: 'pretty', level: 'error' },
      extraArgs: [],
    });
    await native.ephemeralServerShutdown(server);
  } finally {
    native.runtimeShutdown(runtime);
  }
  return join(directory, `temporal-${sdkName}-${version}`);
}
