import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, type FileHandle } from 'node:fs/promises';

/** Packs all that is in `directory` into `file`, following links; the file is for its owner alone. @throws in tar's words. */
export async function pack(directory: string, file: string): Promise<void> {
  const archive = await open(file, 'w', 0o600);
  try {
    await tar(['-chzf', '-', '-C', directory, '.'], ['ignore', archive]);
    await archive.sync();
  } finally {
    await archive.close();
  }
}

/** Unpacks `file` into `directory`, everything as our own. @throws in tar's words. */
export async function unpack(file: string, directory: string): Promise<void> {
  const archive = await open(file, 'r');
  try {
    await tar(['-xzof', '-', '-C', directory], [archive, 'ignore']);
  } finally {
    await archive.close();
  }
}

/** The system's tar, by options that GNU's, BSD's and BusyBox's understand. */
async function tar(args: string[], streams: [FileHandle | 'ignore', FileHandle | 'ignore']): Promise<void> {
  const [input, output] = streams.map((stream) => (typeof stream === 'string' ? stream : stream.fd));
  const child = spawn('tar', args, { stdio: [input, output, 'pipe'] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(said.trim() || `tar ended with ${code}`);
}
