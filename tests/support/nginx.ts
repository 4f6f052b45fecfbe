import { execFile, spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { answers, findFreePorts } from '../../temporal/embedded/ports.ts';
import { unprivilegedUser } from '../../temporal/embedded/systemUser.ts';
import { eventually } from './eventually.ts';
import { findProgram } from './programs.ts';

const run = promisify(execFile);

/** Null where Nginx is not installed. */
export const nginxProgram = findProgram('nginx');

export interface Nginx {
  httpsUrl: string;
  httpUrl: string;
  /** The certificate that it shows, which signs itself. */
  certificate: string;
  stop(): Promise<void>;
}

/**
 * Runs Nginx as a plain user with deploy/nginx/relay.conf, in which only names, ports and paths are replaced.
 * @param upstreams the addresses of two API processes, `host:port`.
 */
export async function startNginx(upstreams: [string, string]): Promise<Nginx> {
  if (!nginxProgram) throw new Error('Nginx is not installed');
  const directory = await mkdtemp(join(tmpdir(), 'relay-nginx-'));
  const [http, https] = (await findFreePorts(2)) as [number, number];
  const [key, certificate] = [join(directory, 'relay.key'), join(directory, 'relay.crt')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject],
    ...['-keyout', key, '-out', certificate],
  ]);
  await mkdir(join(directory, 'temp'));
  await writeFile(join(directory, 'relay.conf'), await substituted({ http, https, upstreams, key, certificate }));
  await writeFile(join(directory, 'nginx.conf'), mainConfig(directory));
  const user = await unprivilegedUser(() => undefined, 'nobody');
  if (user) {
    for (const path of [directory, join(directory, 'temp'), key]) await chown(path, user.uid, user.gid);
  }
  await chmod(directory, 0o755);

  const child = spawn(
    nginxProgram,
    ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', join(directory, 'error.log')],
    { ...user, cwd: '/', stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(await readFile(join(directory, 'error.log'), 'utf8'));
    return answers(https);
  });
  return {
    httpsUrl: `https://127.0.0.1:${https}`,
    httpUrl: `http://127.0.0.1:${http}`,
    certificate: await readFile(certificate, 'utf8'),
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Places {
  http: number;
  https: number;
  upstreams: [string, string];
  key: string;
  certificate: string;
}

/** @throws when the file has not what is to be replaced. */
async function substituted({ http, https, upstreams, key, certificate }: Places): Promise<string> {
  let text = await readFile(new URL('../../deploy/nginx/relay.conf', import.meta.url), 'utf8');
  const replace = (from: string, to: string): void => {
    if (!text.includes(from)) throw new Error(`relay.conf has no "${from}"`);
    text = text.replaceAll(from, to);
  };
  replace('server 127.0.0.1:5001', `server ${upstreams[0]}`);
  replace('server 127.0.0.1:5002', `server ${upstreams[1]}`);
  // Not every machine has IPv6; another loopback address stands in for it.
  replace('listen [::]:80 ', `listen 127.0.0.2:${http} `);
  replace('listen [::]:443 ', `listen 127.0.0.2:${https} `);
  replace('listen 80 ', `listen 127.0.0.1:${http} `);
  replace('listen 443 ', `listen 127.0.0.1:${https} `);
  replace('server_name relay.example.com', 'server_name localhost');
  replace('/etc/nginx/tls/relay.crt', certificate);
  replace('/etc/nginx/tls/relay.key', key);
  return text;
}

function mainConfig(directory: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(directory, 'temp', name)};`,
  );
  return `daemon off;
worker_processes 1;
pid ${join(directory, 'nginx.pid')};
error_log ${join(directory, 'error.log')} warn;
events { worker_connections 512; }
http {
  access_log off;
  gzip on;
  gzip_types text/event-stream application/json;
  ${temporary.join('\n  ')}
  include ${join(directory, 'relay.conf')};
}
`;
}
