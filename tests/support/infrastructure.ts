import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePorts } from '../../ops/freePorts.ts';
import {
  startEmbeddedPostgres,
  startEmbeddedTemporal,
  type EmbeddedPostgres,
  type EmbeddedTemporal,
} from '../../embedded/index.ts';

export interface Infrastructure {
  postgres: EmbeddedPostgres;
  temporal: EmbeddedTemporal;
  /** Starts PostgreSQL again on the same data and port. */
  restartPostgres(): Promise<void>;
  /** Starts Temporal again on the same data and port. */
  restartTemporal(): Promise<void>;
  stop(): Promise<void>;
}

/** A real PostgreSQL and a real Temporal of this test run's own, on free ports, gone with it. */
export async function startInfrastructure(log: (line: string) => void = () => undefined): Promise<Infrastructure> {
  const dataDir = await mkdtemp(join(tmpdir(), 'relay-test-'));
  // Else, as root, PostgreSQL's user could not enter it, and the data would be kept where nobody removes it.
  await chmod(dataDir, 0o755);
  const [postgresPort, temporalPort, uiPort] = (await findFreePorts(3)) as [number, number, number];
  const startPostgres = () => startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), port: postgresPort, log });
  const startTemporal = () =>
    startEmbeddedTemporal({
      postgresUrl: infrastructure.postgres.socketUrl,
      port: temporalPort,
      uiPort,
      dataDir: join(dataDir, 'temporal'),
      namespace: 'default',
      log,
    });
  const infrastructure: Infrastructure = {
    postgres: await startPostgres(),
    temporal: undefined as unknown as EmbeddedTemporal,
    async restartPostgres() {
      infrastructure.postgres = await startPostgres();
    },
    async restartTemporal() {
      infrastructure.temporal = await startTemporal();
    },
    async stop() {
      await infrastructure.temporal.stop();
      await infrastructure.postgres.stop('immediate');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  infrastructure.temporal = await startTemporal();
  return infrastructure;
}
