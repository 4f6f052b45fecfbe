import { expect, test, vi } from 'vitest';
import type { ServerExit } from './childServer.ts';
import { supervise, type SupervisedServer } from './supervise.ts';

const KILLED: ServerExit = { code: null, signal: 'SIGKILL' };

interface FakeServer extends SupervisedServer {
  crash(): void;
  stopped: boolean;
}

/** Servers that end when they are told, and waits that are only noted. `starts` answers for the start of that number. */
async function supervised({ starts = (): void => undefined }: { starts?: (number: number) => void } = {}) {
  const servers: FakeServer[] = [];
  const waits: number[] = [];
  const lines: string[] = [];
  let now = 0;
  let count = 0;
  let hold: Promise<unknown> | null = null;
  const supervisor = await supervise({
    name: 'PostgreSQL',
    async start() {
      starts(++count);
      const number = count;
      await hold;
      let end: (exit: ServerExit) => void = () => undefined;
      const server: FakeServer = {
        exited: new Promise((resolve) => (end = resolve)),
        stopped: false,
        lastLines: () => Promise.resolve(`words of start ${number}`),
        crash: () => end(KILLED),
        stop() {
          server.stopped = true;
          end({ code: 0, signal: null });
          return Promise.resolve();
        },
      };
      servers.push(server);
      return server;
    },
    log: (line) => lines.push(line),
    now: () => now,
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  return {
    supervisor,
    servers,
    waits,
    lines,
    pass: (ms: number) => (now += ms),
    holdStarts: (until: Promise<unknown>): void => void (hold = until),
    crash: async () => {
      const before = servers.length;
      servers.at(-1)!.crash();
      await vi.waitFor(() => expect(servers).toHaveLength(before + 1));
    },
  };
}

test('a server that ends is started again, after what it still held was given back', async () => {
  const { servers, waits, lines, crash } = await supervised();
  await crash();
  expect(servers[0]!.stopped).toBe(true);
  expect(servers[1]!.stopped).toBe(false);
  expect(waits).toEqual([1000]);
  expect(lines[0]).toBe('PostgreSQL has ended (signal SIGKILL); starting it again in 1 s');
  await vi.waitFor(() => expect(lines).toContain('PostgreSQL is up again'));
});

test('each crash waits twice as long, and the fifth within five minutes ends it with that start’s own words', async () => {
  const { supervisor, servers, waits, crash } = await supervised();
  for (let crashes = 1; crashes < 5; crashes++) await crash();
  expect(waits).toEqual([1000, 2000, 4000, 8000]);
  servers.at(-1)!.crash();
  expect(await supervisor.failed).toBe(
    'PostgreSQL has ended 5 times within 5 minutes, the last time with signal SIGKILL:\nwords of start 5',
  );
  await expect(supervisor.up()).rejects.toThrow('PostgreSQL has ended 5 times');
});

test('crashes that are further apart are not counted together', async () => {
  const { waits, crash, pass } = await supervised();
  for (let crashes = 0; crashes < 7; crashes++) {
    await crash();
    pass(5 * 60_000);
  }
  expect(waits).toEqual(Array.from({ length: 7 }, () => 1000));
});

test('a start that fails counts as a crash, and its reason is what is said in the end', async () => {
  const { supervisor, servers, waits } = await supervised({
    starts: (number) => {
      if (number > 1) throw new Error('no space left on device');
    },
  });
  servers[0]!.crash();
  expect(await supervisor.failed).toContain('no space left on device');
  expect(waits).toEqual([1000, 2000, 4000, 8000]);
});

test('a first start that fails is the caller’s to see', async () => {
  const start = () => Promise.reject(new Error('taken'));
  await expect(supervise({ name: 'PostgreSQL', start, log: vi.fn() })).rejects.toThrow('taken');
});

test('who needs the server waits until it is up again', async () => {
  const { supervisor, servers, holdStarts } = await supervised();
  let release: () => void = () => undefined;
  holdStarts(new Promise<void>((resolve) => (release = resolve)));
  servers[0]!.crash();
  await servers[0]!.exited;
  let isUp = false;
  const up = supervisor.up().then(() => (isUp = true));
  expect(isUp).toBe(false);
  release();
  await up;
  expect(servers).toHaveLength(2);
});

test('a stop while it is being started again leaves nothing running', async () => {
  const { supervisor, servers, holdStarts } = await supervised();
  let release: () => void = () => undefined;
  holdStarts(new Promise<void>((resolve) => (release = resolve)));
  servers[0]!.crash();
  await servers[0]!.exited;
  const stopped = supervisor.stop();
  release();
  await stopped;
  expect(servers.every((server) => server.stopped)).toBe(true);
});

test('a stop starts nothing again', async () => {
  const { supervisor, servers, waits } = await supervised();
  await supervisor.stop();
  expect(servers).toHaveLength(1);
  expect(servers[0]!.stopped).toBe(true);
  expect(waits).toEqual([]);
});
