import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHome, serversOf, startRelayAt, type Home, type StartedRelay } from '../support/startedRelay.ts';
import { startLoad } from './support/load.ts';
import { report } from './support/report.ts';

const PER_SECOND = 20;
const SOME = 30;

let home: Home;
let relay: StartedRelay;
beforeEach(async () => {
  home = await createHome();
  relay = await startRelayAt(home);
});
afterEach(async () => {
  relay.child.kill('SIGTERM');
  await relay.ended;
  await home.remove();
});

test.each([
  ['postgres', 'PostgreSQL'],
  ['temporal', 'Temporal'],
] as const)('npm start: %s killed with -9 is started again, and what was accepted arrives', async (server, name) => {
  const load = await startLoad({
    urls: () => [relay.url],
    eventType: `fault.${server}`,
    perSecond: PER_SECOND,
  });
  await load.accepted(SOME);
  const { [server]: pid } = await serversOf(home);
  process.kill(pid, 'SIGKILL');
  await relay.line(new RegExp(`${name} has ended \\(signal SIGKILL\\); starting it again in 1 s`));
  await relay.line(new RegExp(`${name} is up again`));
  expect((await serversOf(home))[server]).not.toBe(pid);
  await load.accepted(SOME);
  const tally = await load.finish();
  report(`npm start: ${name} killed with -9 and started again`, tally);
  expect(tally).toMatchObject({ lost: 0, duplicates: 0 });
  expect(tally.accepted).toBeGreaterThanOrEqual(2 * SOME);
});
