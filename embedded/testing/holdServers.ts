import { join } from 'node:path';

import { findFreePorts } from '../../ops/freePorts.ts';
import { startEmbeddedPostgres, startEmbeddedTemporal } from '../index.ts';

/** What {@link holdServers} prints as one line of JSON when both servers run. */
export interface HeldServers {
  postgresUrl: string;
  address: string;
  /** Of PostgreSQL, Temporal and its Web UI. */
  pids: number[];
}

/**
 * A program for tests to kill: runs both servers in the directory it is given until it gets SIGINT, as `npm start` does.
 */
async function holdServers(directory: string): Promise<void> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const [postgresPort, temporalPort, uiPort] = (await findFreePorts(3)) as [number, number, number];
  const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres'), port: postgresPort, log });
  const temporal = await startEmbeddedTemporal({
    postgresUrl: postgres.url,
    port: temporalPort,
    uiPort,
    dataDir: join(directory, 'temporal'),
    namespace: 'default',
    log,
  });
  process.once('SIGINT', () => void temporal.stop().then(() => postgres.stop()));
  const held: HeldServers = {
    postgresUrl: postgres.url,
    address: temporal.address,
    pids: [postgres.pid, ...temporal.pids],
  };
  process.stdout.write(`${JSON.stringify(held)}\n`);
}

await holdServers(process.argv[2]!);
