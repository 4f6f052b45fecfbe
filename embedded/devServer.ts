import { join } from 'node:path';

import { type ChildServer, startChildServer } from './childServer.ts';
import { LOOPBACK } from '../ops/freePorts.ts';

/** What the CLI's dev server needs to know. */
export interface DevServerOptions {
  cli: string;
  /** Its database and log go here. */
  dataDir: string;
  port: number;
  uiPort: number;
  namespace: string;
}

/** Starts the `temporal` CLI's dev server with its Web UI, its state in a SQLite file. It is not ready yet on return. */
export async function startDevServer(options: DevServerOptions): Promise<ChildServer> {
  return startChildServer({
    command: options.cli,
    args: [
      'server',
      'start-dev',
      ...['--ip', LOOPBACK, '--port', String(options.port)],
      ...['--ui-ip', LOOPBACK, '--ui-port', String(options.uiPort)],
      ...['--db-filename', join(options.dataDir, 'temporal.sqlite')],
      ...['--namespace', options.namespace],
      ...['--log-level', 'error'],
      ...['--dynamic-config-value', 'system.enableEagerWorkflowStart=true'],
      ...['--dynamic-config-value', 'frontend.namespaceRPS.visibility=500'],
    ],
    logFile: join(options.dataDir, 'temporal.log'),
    stopSignal: 'SIGTERM',
  });
}
