import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChildServer } from '../../embedded/childServer.ts';
import { answers, findFreePorts } from '../../ops/freePorts.ts';
import { unprivilegedUser } from '../../embedded/systemUser.ts';
import { eventually } from './eventually.ts';
import { findProgram } from './programs.ts';

const run = promisify(execFile);

/** Null where Nginx is not installed. */
export const nginxProgram = findProgram('nginx');

/** A certificate with its key and the authority that signed it, in files. */
export interface Certificate {
  key: string;
  certificate: string;
  authority: string;
}

export interface Nginx {
  httpUrl: string;
  httpsUrl: string;
  /** The text of the certificate that signed its own. */
  authority: string;
  stop(): Promise<void>;
}

/**
 * Runs Nginx with deploy/nginx/relay.conf, in which only names, ports and paths are replaced.
 * @param upstreams the addresses of two API processes, `host:port`.
 */
export async function startNginx(upstreams: [string, string]): Promise<Nginx> {
  const [http, https] = (await findFreePorts(2)) as [number, number];
  let authority = '';
  const stop = await runNginx(https, async (directory) => {
    const made = await makeCertificate(directory, 'relay');
    authority = await readFile(made.authority, 'utf8');
    return substituted({ http, https, upstreams, ...made });
  });
  return { httpUrl: `http://127.0.0.1:${http}`, httpsUrl: `https://127.0.0.1:${https}`, authority, stop };
}

/**
 * Runs Nginx as a plain user, in a directory of its own, until the answer is called.
 * @param port what it will listen on.
 * @param write makes the content of its `http` block, and what that needs in the directory.
 */
export async function runNginx(
  port: number,
  write: (directory: string) => Promise<string>,
): Promise<() => Promise<void>> {
  if (!nginxProgram) throw new Error('Nginx is not installed');
  const directory = await mkdtemp(join(tmpdir(), 'relay-nginx-'));
  await mkdir(join(directory, 'temp'));
  const config = join(directory, 'nginx.conf');
  await writeFile(config, mainConfig(directory, await write(directory)));
  const user = await unprivilegedUser(() => undefined, 'nobody');
  await chmod(directory, 0o755);
  if (user) await run('chown', ['-R', `${user.uid}:${user.gid}`, directory]);

  const server = await startChildServer({
    command: nginxProgram,
    args: ['-p', directory, '-c', config, '-e', 'stderr'],
    cwd: '/',
    logFile: join(directory, 'log'),
    stopSignal: 'SIGTERM',
    ...user,
  });
  await eventually(async () => {
    if (server.exit()) throw new Error(await server.lastLines());
    return answers(port);
  });
  return async () => {
    await server.stop('SIGTERM', 5000);
    await rm(directory, { recursive: true, force: true });
  };
}

/** Makes an authority and a certificate for this machine that it signed. */
export async function makeCertificate(directory: string, name: string): Promise<Certificate> {
  const path = (suffix: string) => join(directory, `${name}${suffix}`);
  const made = { key: path('.key'), certificate: path('.crt'), authority: path('-authority.crt') };
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1'];
  const authorityKey = path('-authority.key');
  await run('openssl', [
    ...[...request, '-subj', `/CN=Authority of ${name}`],
    ...['-keyout', authorityKey, '-out', made.authority],
  ]);
  await run('openssl', [
    ...[...request, '-CA', made.authority, '-CAkey', authorityKey, '-subj', `/CN=${name}`],
    ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', made.key, '-out', made.certificate],
  ]);
  return made;
}

interface Places extends Certificate {
  http: number;
  https: number;
  upstreams: [string, string];
}

/** @throws when the file has not what is to be replaced. */
async function substituted({ http, https, upstreams, key, certificate }: Places): Promise<string> {
  let text = await readFile(new URL('../../deploy/nginx/relay.conf', import.meta.url), 'utf8');
  for (const [from, to] of [
    ['server 127.0.0.1:5001', `server ${upstreams[0]}`],
    ['server 127.0.0.1:5002', `server ${upstreams[1]}`],
    // Not every machine has IPv6; another loopback address stands in for it.
    ['listen [::]:80 ', `listen 127.0.0.2:${http} `],
    ['listen [::]:443 ', `listen 127.0.0.2:${https} `],
    ['listen 80 ', `listen 127.0.0.1:${http} `],
    ['listen 443 ', `listen 127.0.0.1:${https} `],
    ['server_name relay.example.com', 'server_name localhost'],
    ['/etc/nginx/tls/relay.crt', certificate],
    ['/etc/nginx/tls/relay.key', key],
  ] as const) {
    if (!text.includes(from)) throw new Error(`relay.conf has no "${from}"`);
    text = text.replaceAll(from, to);
  }
  return text;
}

function mainConfig(directory: string, http: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(directory, 'temp', name)};`,
  );
  return `daemon off;
worker_processes 1;
pid ${join(directory, 'nginx.pid')};
events { worker_connections 512; }
http {
access_log off;
gzip on;
gzip_types text/event-stream application/json;
${temporary.join('\n')}
${http}
}
`;
}
