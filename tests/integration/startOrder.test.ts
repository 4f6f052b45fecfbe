import { expect, inject, it } from 'vitest';
import { findFreePorts } from '../../ops/freePorts.ts';
import { createDatabase } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { createForwarder } from '../support/closableServer.ts';
import { startRelayProcess } from '../support/relayProcess.ts';

it('a process that starts before PostgreSQL and Temporal waits for them', async () => {
  const [databasePort, temporalPort] = (await findFreePorts(2)) as [number, number];
  const database = new URL(await createDatabase(inject('postgresUrl')));
  const temporal = new URL(`tcp://${inject('temporalAddress')}`);
  const late = new URL(database);
  late.port = String(databasePort);
  const env = relayEnvironment({ databaseUrl: late.href, temporalAddress: `127.0.0.1:${temporalPort}` });
  const output: string[] = [];
  const starting = startRelayProcess(env, { output });
  const told = (what: string) =>
    eventually(() => output.find((line) => line.includes(`${what} cannot be reached yet`)));

  await told('PostgreSQL');
  const ways = [createForwarder(Number(database.port)), createForwarder(Number(temporal.port))] as const;
  await ways[0].listen(databasePort);
  await told('Temporal');
  await ways[1].listen(temporalPort);
  const relay = await starting;
  expect((await relay.api.call('GET', '/readyz')).status).toBe(200);
  expect(await relay.stop()).toBe(0);
  await Promise.all(ways.map((way) => way.close()));
}, 60_000);
