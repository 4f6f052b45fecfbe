import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const LISTENING = '0A';

/** Who listens on a port of this machine, for a person: `node (process 4711)`. Null when that cannot be seen. */
export async function portHolder(port: number): Promise<string | null> {
  try {
    return await (process.platform === 'linux' ? fromProc(port) : fromLsof(port));
  } catch {
    return null;
  }
}

/** proc(5): the sockets that listen, then who has one of them open; those of other users are not shown. */
async function fromProc(port: number): Promise<string | null> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = tables.flatMap((table) => table.split('\n')).map((line) => line.trim().split(/\s+/));
  const sockets = rows
    .filter(([, address = '', , state]) => address.endsWith(local) && state === LISTENING)
    .map((row) => `socket:[${row[9]}]`);
  if (sockets.length === 0) return null;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const open = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const links = await Promise.all(open.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
    if (links.some((link) => sockets.includes(link))) {
      return described((await readFile(`/proc/${pid}/comm`, 'utf8')).trim(), pid);
    }
  }
  return null;
}

/** lsof(8), which macOS has. */
async function fromLsof(port: number): Promise<string | null> {
  const { stdout } = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { timeout: 3000 });
  const [, pid] = /^p(\d+)$/m.exec(stdout) ?? [];
  const [, name] = /^c(.+)$/m.exec(stdout) ?? [];
  if (pid === undefined || name === undefined) return null;
  return name.startsWith('ControlCe') ? `AirPlay Receiver (process ${pid})` : described(name, pid);
}

const described = (name: string, pid: string): string => `${name} (process ${pid})`;
