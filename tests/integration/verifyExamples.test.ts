import { execFile, execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signatureHeaders, type SignatureHeaders } from '../../activities/http/sign.ts';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { eventually } from '../support/eventually.ts';
import { startTestRelay, type TestRelay } from '../support/testRelay.ts';

const EXAMPLES = fileURLToPath(new URL('../../docs/verify', import.meta.url));
const DRIVERS = fileURLToPath(new URL('../support/verify', import.meta.url));
const PATIENCE_MS = 180_000;

interface Case {
  what: string;
  isGood: boolean;
  secret: string;
  headers: SignatureHeaders;
  body: string;
}

interface Language {
  /** Compilers and runtimes, each by a command that succeeds when it is here. */
  needs: string[][];
  /** Makes in `work` what is to be run. */
  prepare?: (work: string) => Promise<unknown>;
  /** Answers with a line for each case. */
  run(work: string, cases: string): Promise<string>;
}

const LANGUAGES: Record<string, Language> = {
  TypeScript: {
    needs: [],
    run: (_work, cases) => call(process.execPath, ['--import', 'tsx', join(DRIVERS, 'drive.ts')], cases),
  },
  Python: {
    needs: [['python3', '--version']],
    run: (_work, cases) => call('python3', ['-B', join(DRIVERS, 'drive.py'), EXAMPLES], cases),
  },
  Go: {
    needs: [['go', 'version']],
    async prepare(work) {
      await mkdir(join(work, 'verify'));
      await copyFile(join(EXAMPLES, 'verify.go'), join(work, 'verify/verify.go'));
      await copyFile(join(DRIVERS, 'drive.go'), join(work, 'drive.go'));
      await writeFile(join(work, 'go.mod'), 'module drive\n\ngo 1.21\n');
      await call('go', ['build', '-C', work, '-o', 'drive', '.']);
    },
    run: (work, cases) => call(join(work, 'drive'), [], cases),
  },
  Java: {
    needs: [
      ['java', '-version'],
      ['javac', '-version'],
    ],
    prepare: (work) => call('javac', ['-d', work, join(EXAMPLES, 'RelaySignature.java'), join(DRIVERS, 'Drive.java')]),
    run: (work, cases) => call('java', ['-cp', work, 'Drive'], cases),
  },
  PHP: {
    needs: [['php', '--version']],
    run: (_work, cases) => call('php', [join(DRIVERS, 'drive.php'), EXAMPLES], cases),
  },
  Ruby: {
    needs: [['ruby', '--version']],
    run: (_work, cases) => call('ruby', [join(DRIVERS, 'drive.rb'), EXAMPLES], cases),
  },
};

async function call(command: string, args: string[], input = ''): Promise<string> {
  const running = promisify(execFile)(command, args, { timeout: PATIENCE_MS });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

function isHere({ needs }: Language): boolean {
  return needs.every(([command = '', ...args]) => {
    try {
      execFileSync(command, args, { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

let directory: string;
let relay: TestRelay;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'relay-verify-'));
  relay = await startTestRelay();
});
afterAll(() => rm(directory, { recursive: true }));

/** Deliveries as they arrive, before and while the secret is rotated, and what could be made of them. */
async function recordCases(): Promise<Case[]> {
  const { api } = relay;
  const receiver = createReceiver();
  const { url } = await receiver.listen();
  const { id, secret: oldSecret } = await api.createWebhook({ url, eventTypes: ['to.be.verified'] });
  const deliver = async (): Promise<{ headers: SignatureHeaders; body: string }> => {
    const { body: event } = await api.postEvent({ eventType: 'to.be.verified', payload: { text: 'Grüße 👋', n: 1.0 } });
    const { headers, body } = await eventually(() =>
      receiver.received.find((request) => request.headers['webhook-id'] === event.id),
    );
    return { headers: headers as unknown as SignatureHeaders, body };
  };
  const before = await deliver();
  const rotated = await api.call<{ secret: string }>('POST', `/api/webhooks/${id}/rotate-secret`, {});
  const newSecret = rotated.body.secret;
  const during = await deliver();
  await receiver.close();

  expect(during.headers['webhook-signature'].split(' ')).toHaveLength(2);
  const good = { isGood: true, secret: oldSecret, ...before };
  const bad = { ...good, isGood: false };
  const withHeaders = (headers: Partial<SignatureHeaders>) => ({ ...bad, headers: { ...before.headers, ...headers } });
  const signedAt = (secondsAgo: number) => {
    const timestamp = new Date(Date.now() - secondsAgo * 1000);
    return signatureHeaders({ id: before.headers['webhook-id'], timestamp, body: before.body, secrets: [oldSecret] });
  };
  const [, base64 = ''] = before.headers['webhook-signature'].split(',');
  return [
    { what: 'a delivery', ...good },
    { what: 'a delivery during rotation, by the old secret', ...good, ...during },
    { what: 'a delivery during rotation, by the new secret', ...good, ...during, secret: newSecret },
    { what: 'a delivery of two minutes ago', ...good, headers: signedAt(120) },
    { what: 'a delivery from a clock two minutes ahead', ...good, headers: signedAt(-120) },
    { what: 'another secret', ...bad, secret: newSecret },
    { what: 'a tampered body', ...bad, body: before.body.replace('Grüße', 'Gruesse') },
    { what: 'a body with something added', ...bad, body: `${before.body}\n` },
    { what: 'another id', ...withHeaders({ 'webhook-id': during.headers['webhook-id'] }) },
    { what: 'another time', ...withHeaders({ 'webhook-timestamp': signedAt(7)['webhook-timestamp'] }) },
    { what: 'a delivery of ten minutes ago', ...bad, headers: signedAt(600) },
    { what: 'a delivery from a clock ten minutes ahead', ...bad, headers: signedAt(-600) },
    { what: 'a time that is none', ...withHeaders({ 'webhook-timestamp': 'now' }) },
    { what: 'no time', ...withHeaders({ 'webhook-timestamp': '' }) },
    { what: 'no signature', ...withHeaders({ 'webhook-signature': '' }) },
    { what: 'an empty signature', ...withHeaders({ 'webhook-signature': 'v1,' }) },
    { what: 'a signature cut off', ...withHeaders({ 'webhook-signature': `v1,${base64.slice(0, 20)}` }) },
    { what: 'a signature of another version', ...withHeaders({ 'webhook-signature': `v2,${base64}` }) },
    { what: 'two wrong signatures', ...withHeaders({ 'webhook-signature': 'v1,AAAA v1,é' }) },
  ];
}

const missing = Object.entries(LANGUAGES).filter(([, language]) => !isHere(language));
if (missing.length > 0) process.stdout.write(`Not on this machine: ${missing.map(([name]) => name).join(', ')}\n`);

describe.each(Object.entries(LANGUAGES))('docs/verify in %s', (name, language) => {
  const isAvailable = !missing.some(([other]) => other === name);
  test.skipIf(!isAvailable)(
    `accepts what Relay sent, by the old and the new secret, and nothing else${isAvailable ? '' : ` (${name} is not on this machine)`}`,
    { timeout: PATIENCE_MS },
    async () => {
      const work = await mkdtemp(join(directory, 'work-'));
      await language.prepare?.(work);
      const cases = await recordCases();
      const lines = await Promise.all(
        cases.map(async ({ secret, headers, body }, index) => {
          const file = join(work, `body-${index}`);
          await writeFile(file, body);
          const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
          return [secret, id, timestamp, signature, file].join('\t');
        }),
      );
      const verdicts = (await language.run(work, `${lines.join('\n')}\n`)).trimEnd().split('\n');
      expect(cases.map(({ what }, index) => [what, verdicts[index]])).toEqual(
        cases.map(({ what, isGood }) => [what, String(isGood)]),
      );
    },
  );
});
