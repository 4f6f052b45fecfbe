import { constrainedMemory } from 'node:process';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';

import { type ChildServer, startChildServer } from './childServer.ts';
import { findFreePorts, LOOPBACK } from '../ops/freePorts.ts';
import { forgetMembers, updateSchemas } from './schema.ts';
import type { BuiltServer } from './serverCache.ts';
import { dynamicConfig, INNER_PORTS, serverConfig } from './serverConfig.ts';
import { serverEnvironment } from './serverEnvironment.ts';

const MIB = 1024 * 1024;

/** What the built server needs to know. */
export interface ModulesServerOptions {
  programs: BuiltServer;
  postgresUrl: string;
  /** Its configuration and log go here. */
  dataDir: string;
  port: number;
  historyShards: number;
}

/** Starts the Temporal server that was built from its modules, its state in PostgreSQL. It is not ready yet on return. */
export async function startModulesServer(options: ModulesServerOptions): Promise<ChildServer> {
  const { programs, postgresUrl, dataDir } = options;
  await updateSchemas(programs.sqlTool, postgresUrl);
  await forgetMembers(postgresUrl);

  const configFile = join(dataDir, 'server.yaml');
  const dynamicConfigFile = join(dataDir, 'dynamic.yaml');
  await writeFile(dynamicConfigFile, dynamicConfig());
  const config = serverConfig({
    postgresUrl,
    frontendPort: options.port,
    innerPorts: await findFreePorts(INNER_PORTS),
    historyShards: options.historyShards,
    dynamicConfigFile,
  });
  await writeFile(configFile, config, { mode: 0o600 }); // it holds the database's password

  return startChildServer({
    command: programs.server,
    args: ['--config-file', configFile, '--allow-no-auth', 'start'],
    env: goEnvironment(),
    logFile: join(dataDir, 'temporal.log'),
    stopSignal: 'SIGTERM',
  });
}

/** Starts the Web UI for the server on `port`; it is there a moment later. */
export async function startWebUi(
  program: string,
  options: { dataDir: string; port: number; uiPort: number; namespace: string },
): Promise<ChildServer> {
  const directory = join(options.dataDir, 'ui');
  await mkdir(directory, { recursive: true });
  const config = {
    temporalGrpcAddress: `${LOOPBACK}:${options.port}`,
    host: LOOPBACK,
    port: options.uiPort,
    enableUi: true,
    defaultNamespace: options.namespace,
    disableNewsFetch: true,
    notifyOnNewVersion: false,
    cors: { allowOrigins: [`http://${LOOPBACK}:${options.uiPort}`, `http://localhost:${options.uiPort}`] },
  };
  await writeFile(join(directory, 'relay.yaml'), JSON.stringify(config, null, 2));
  return startChildServer({
    command: program,
    args: ['--root', options.dataDir, '--config', 'ui', '--env', 'relay', 'start'],
    logFile: join(options.dataDir, 'ui.log'),
    stopSignal: 'SIGTERM',
  });
}

/**
 * Go's collector runs a quarter as often with GOGC 400, which is worth a third of the throughput; the limit keeps what it
 * leaves lying about within an eighth of the memory, at least 512 MiB and at most 1 GiB. Half of the cores are more than the
 * server's share of the work; with all of them its threads wake each other for nothing.
 */
function goEnvironment(): NodeJS.ProcessEnv {
  const memory = Math.min(totalmem(), constrainedMemory() || Infinity);
  const limit = Math.round(Math.min(1024, Math.max(512, memory / 8 / MIB)));
  const cores = Math.ceil(availableParallelism() / 2);
  return { GOGC: '400', GOMEMLIMIT: `${limit}MiB`, GOMAXPROCS: String(cores), ...serverEnvironment() };
}
