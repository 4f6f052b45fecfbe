import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createForwarder, type Forwarder } from '../support/closableServer.ts';
import { createDatabase } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { startInfrastructure, type Infrastructure } from '../support/infrastructure.ts';
import { startRelayProcess, type RelayProcess } from '../support/relayProcess.ts';
import { freeze } from './support/freeze.ts';
import { startLoad } from './support/load.ts';
import { report } from './support/report.ts';

/** What stands still, is not closed and answers nothing, is the hardest kind of away. CI freezes the network once. */
const SECONDS = (process.env['FROZEN_SECONDS'] ?? '5,40,120').split(',').map(Number);
const PER_SECOND = 10;
const SOME = 30;

let infrastructure: Infrastructure;
let ways: [Forwarder, Forwarder];
let env: NodeJS.ProcessEnv;
let relay: RelayProcess | undefined;

beforeAll(async () => {
  infrastructure = await startInfrastructure();
  const database = new URL(await createDatabase(infrastructure.postgres.url));
  const temporal = new URL(`tcp://${infrastructure.temporal.address}`);
  ways = [createForwarder(Number(database.port)), createForwarder(Number(temporal.port))];
  database.port = String(await ways[0].listen(0));
  const temporalAddress = `127.0.0.1:${await ways[1].listen(0)}`;
  env = relayEnvironment({ databaseUrl: database.href, temporalAddress });
});
afterEach(() => relay?.stop());
afterAll(async () => {
  await Promise.all(ways.map((way) => way.close()));
  await infrastructure.stop();
});

const FREEZERS = {
  Temporal: () => freeze(infrastructure.temporal.pids[0] ?? 0),
  PostgreSQL: () => freeze(infrastructure.postgres.pid),
  'the network': () => {
    ways.forEach((way) => way.freeze());
    return () => ways.forEach((way) => way.thaw());
  },
};
type Name = keyof typeof FREEZERS;
const NAMES = Object.keys(FREEZERS) as Name[];
const ALONE_AND_IN_PAIRS = NAMES.flatMap((one, index) => [
  [one],
  ...NAMES.slice(index + 1).map((other) => [one, other]),
]);
const ALL = SECONDS.flatMap((seconds) =>
  ALONE_AND_IN_PAIRS.map((names) => ({ seconds, names, what: names.join(' and ') })),
);
const IN_CI: typeof ALL = [{ seconds: 5, names: ['the network'], what: 'the network' }];

test.for(process.env['FAULTS'] === 'all' ? ALL : IN_CI)(
  '$what frozen for $seconds s under load: nothing accepted is lost',
  async ({ seconds, names, what }) => {
    relay = await startRelayProcess(env);
    const { url } = relay;
    const eventType = `frozen.${what.replaceAll(' ', '-')}-${seconds}`;
    const running = await startLoad({ urls: () => [url], eventType, perSecond: PER_SECOND });
    await running.accepted(SOME);
    const thaw = names.map((name) => FREEZERS[name]());
    await sleep(seconds * 1000);
    thaw.forEach((go) => go());
    await running.accepted(SOME);
    const tally = await running.finish(300_000);
    report(`${what} frozen for ${seconds} s`, tally);
    expect(tally.lost).toBe(0);
  },
);
