import { spawn } from 'node:child_process';
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateSecret } from '../../activities/http/secret.ts';
import { findFreePorts } from '../../ops/freePorts.ts';
import { eventually } from '../support/eventually.ts';
import { findProgram } from '../support/programs.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

/** Maven reads what it lacks from its registry. */
const SLOW = { timeout: 240_000 };
/** What Maven says when there is no network. */
const UNREACHABLE = /Could not (transfer|resolve)|Non-resolvable|Unknown host/i;
const HERE = resolve('docs/examples');
const TSX = ['--import', 'tsx'];
const python = findProgram('python3');
/** Flask and FastAPI are installed beside the generator of the client for Python. */
const generator = findProgram('openapi-python-client');
const frameworks = generator && join(dirname(generator), 'python');

let relay: TestRelay;
let go: string;
const closing: (() => unknown)[] = [];
beforeAll(async () => {
  relay = await startTestRelay();
  go = await mkdtemp(join(tmpdir(), 'relay-examples-'));
  closing.push(() => rm(go, { recursive: true }));
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

/** A Go module of an example and the function that verifies. */
async function goModule(name: string): Promise<string> {
  const directory = await mkdtemp(join(go, 'module-'));
  await writeFile(join(directory, 'go.mod'), 'module example\n\ngo 1.22\n');
  await copyFile(join(HERE, name), join(directory, 'main.go'));
  const verify = await execa('sed', ['s/^package verify/package main/', 'docs/verify/verify.go']);
  await writeFile(join(directory, 'verify.go'), verify.stdout);
  await execa('go', ['build', '-o', 'program', '.'], { cwd: directory });
  return join(directory, 'program');
}

/** A project of Maven with an example and the class that verifies; how its program is started. */
async function springProgram(): Promise<[string, string[]]> {
  const cwd = await mkdtemp(join(go, 'spring-'));
  const sources = join(cwd, 'src/main/java/example');
  await cp(resolve('tests/support/examples/spring'), cwd, { recursive: true });
  for (const file of [join(HERE, 'ReceiveController.java'), resolve('docs/verify/RelaySignature.java')]) {
    await writeFile(join(sources, basename(file)), `package example;\n${await readFile(file, 'utf8')}`);
  }
  const goals = ['compile', 'dependency:build-classpath', '-Dmdep.outputFile=classpath'];
  await execa('mvn', ['--quiet', '--batch-mode', ...goals], { cwd });
  const classpath = `${join(cwd, 'target/classes')}:${await readFile(join(cwd, 'classpath'), 'utf8')}`;
  return ['sh', ['-c', `exec java -cp '${classpath}' example.Program --server.port=$PORT`]];
}

describe('posting, where Relay is away at first', () => {
  const POSTERS: [string, string | null, (key: string) => Promise<[string, string[]]> | [string, string[]]][] = [
    ['Node', process.execPath, (key) => [process.execPath, [...TSX, join(HERE, 'post.ts'), key]]],
    ['Python', python, (key) => [python ?? '', [join(HERE, 'post.py'), key]]],
    ['Go', findProgram('go'), async (key) => [await goModule('post.go'), [key]]],
    ['Java', findProgram('java'), (key) => ['java', [join(HERE, 'Post.java'), key]]],
    ['curl', findProgram('curl'), (key) => ['sh', [join(HERE, 'post.sh'), key]]],
  ];

  for (const [name, program, command] of POSTERS) {
    test.skipIf(!program)(
      `${name} goes on until it has an answer, and posts once (skipped where it is not installed)`,
      SLOW,
      async () => {
        const { createServer } = await import('node:http');
        let asked = 0;
        // Answers 503 once, then takes the event and loses the answer, then lets Relay answer.
        const way = createServer((request, response) => {
          const chunks: Buffer[] = [];
          request
            .on('data', (chunk: Buffer) => chunks.push(chunk))
            .on('end', () => {
              asked += 1;
              if (asked === 1) return void response.writeHead(503, { 'retry-after': '0' }).end();
              const headers = { 'x-api-key': String(request.headers['x-api-key']) };
              void fetch(`${relay.url}/api/events`, { method: 'POST', headers, body: Buffer.concat(chunks) }).then(
                async (answer) => {
                  const body = await answer.text();
                  if (asked === 2) response.destroy();
                  else response.writeHead(answer.status).end(body);
                },
              );
            });
        });
        await new Promise<void>((listening) => way.listen(0, '127.0.0.1', listening));
        closing.push(() => way.close().closeAllConnections());
        const { port } = way.address() as { port: number };
        const key = `example-${name}`;
        const [file, args] = await command(key);
        const env = { RELAY_URL: `http://127.0.0.1:${port}`, RELAY_API_KEY: 'test-api-key-12345' };
        const { stdout } = await execa(file, args, { env });
        expect(stdout).toContain(key);
        expect(asked).toBe(3);
        const { body } = await relay.api.call<{ data: object[] }>('GET', `/api/events?idempotencyKey=${key}`);
        expect(body.data).toHaveLength(1);
      },
    );
  }
});

describe('receiving', () => {
  const pythonPath = resolve('docs/verify');
  const RECEIVERS: [string, string | null, () => Promise<[string, string[]]> | [string, string[]]][] = [
    ['Express', process.execPath, () => [process.execPath, [...TSX, join(HERE, 'receive-express.ts')]]],
    ['Fastify', process.execPath, () => [process.execPath, [...TSX, join(HERE, 'receive-fastify.ts')]]],
    ['Flask', frameworks, () => [frameworks ?? '', [join(HERE, 'receive_flask.py')]]],
    ['FastAPI', frameworks, () => [frameworks ?? '', [join(HERE, 'receive_fastapi.py')]]],
    ['net/http', findProgram('go'), async () => [await goModule('receive.go'), []]],
    ['Spring', findProgram('mvn'), springProgram],
    ['Sinatra', findProgram('puma') && findProgram('ruby'), () => ['ruby', [join(HERE, 'receive_sinatra.rb')]]],
  ];

  for (const [name, program, command] of RECEIVERS) {
    test.skipIf(!program)(
      `${name} takes an event once, and refuses what is not Relay's (skipped where it is not installed)`,
      SLOW,
      async (context) => {
        const [file, args] = await Promise.resolve(command()).catch((error: unknown) => {
          if (!UNREACHABLE.test(String(error))) throw error;
          return context.skip('its registry cannot be reached');
        });
        const [port] = await findFreePorts(1);
        const secret = generateSecret();
        const env = {
          ...process.env,
          RELAY_SECRET: secret,
          PORT: String(port),
          PYTHONPATH: pythonPath,
          PYTHONDONTWRITEBYTECODE: '1',
        };
        const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
        closing.push(() => child.kill('SIGKILL'));
        let printed = '';
        child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
        const url = `http://127.0.0.1:${port}/hooks`;
        const forged = () => fetch(url, { method: 'POST', headers: { 'webhook-id': 'x' }, body: '{}' });
        expect((await eventually(() => forged().catch(() => null))).status).toBe(401);

        const webhook = await relay.api.createWebhook({ url, eventTypes: ['example.received'], secret });
        const { body: event } = await relay.api.postEvent({
          eventType: 'example.received',
          payload: { text: 'Grüße 👋' },
        });
        const delivered = async (count: number) => {
          const { deliveries } = (await relay.api.getEvent(event.id)).body;
          const own = deliveries.filter(({ webhookId }) => webhookId === webhook.id);
          return own.filter(({ status }) => status === 'delivered').length === count;
        };
        await eventually(() => delivered(1));
        await relay.api.call('POST', `/api/events/${event.id}/replay`, { webhookIds: [webhook.id] });
        await eventually(() => delivered(2));
        expect(printed.split('\n').filter((line) => line.startsWith(`${event.id} example.received`))).toHaveLength(1);
        await relay.api.call('DELETE', `/api/webhooks/${webhook.id}`);
      },
    );
  }
});
