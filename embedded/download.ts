import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

import { beginStep, type Getting, shareOf } from './getting.ts';
import { keepServer } from './keepServer.ts';
import { openRelease, type Patience, type ReleaseServer } from './releaseServer.ts';
import { type BuiltServer, MODULE_DIRECTORY, pinnedVersions, PROGRAMS } from './serverCache.ts';

const run = promisify(execFile);

const MIB = 1024 * 1024;
/** More than any archive of theirs; what is longer is not one of them, in bytes. */
const MAX_ARCHIVE = 512 * MIB;
/** Theirs are a few lines, in bytes. */
const MAX_SUMS = MIB;

/** As their archives name systems and processors; for others there are none. */
const SYSTEMS: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin' };
const PROCESSORS: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/** An archive of an official release, as its project names it. */
interface Archive {
  /** The path of the release. */
  place: string;
  file: string;
  /** The release's file of SHA-256 sums. */
  sums: string;
  /** What is taken out of it, and the name that it gets here. */
  programs: Record<string, string>;
}

export interface ReleasePlace {
  /** What has the releases at the paths that github.com has them at. */
  base: URL;
  /** The sums that are known here, by the archive's name; by default those of `server/sums.txt`. */
  knownSums?: Map<string, string>;
  patience?: Patience;
}

/**
 * Downloads the pinned official releases into the user's cache. An archive's SHA-256 is compared with the one kept here
 * (`server/sums.txt`), else with the one that its own release tells.
 * @throws when it cannot be had whole in good time, is another than it should be, or there is none for this system.
 */
export function downloadTemporal(place: ReleasePlace, getting: Getting): Promise<BuiltServer> {
  return keepServer(getting, (directory) => downloadInto(directory, place, getting));
}

/** Where releases are downloaded from by `RELAY_DOWNLOAD_URL`: github.com unless it names a mirror; null when it is `off`. */
export function releaseBase(env: NodeJS.ProcessEnv = process.env): URL | null {
  const value = env.RELAY_DOWNLOAD_URL || 'https://github.com';
  if (value === 'off') return null;
  if (URL.canParse(value)) return new URL(value);
  throw new Error('RELAY_DOWNLOAD_URL must be the URL of a mirror of github.com, or off.');
}

async function downloadInto(directory: string, place: ReleasePlace, getting: Getting): Promise<void> {
  const archives = await archivesHere();
  const knownSums = place.knownSums ?? readSums(await readFile(join(MODULE_DIRECTORY, 'sums.txt'), 'utf8'));
  const startedAt = Date.now();
  getting.log(`Looking for the official Temporal server at ${place.base.host} …`);
  const step = beginStep(getting);
  const release = await openRelease(place, getting.signal);
  const size = { got: 0, total: 0 };
  const tell = (): void => {
    const [share, total] = [shareOf(size.got, size.total), Math.ceil(size.total / MIB)];
    step.tell(`downloading the official Temporal server: ${share} of ${total} MiB`);
  };
  const take = async (archive: Archive): Promise<void> => {
    const { file } = archive;
    const path = join(directory, file);
    const { body, bytes } = await release.get(`${archive.place}/${file}`);
    size.total += bytes;
    const sum = await write(body, path, (count) => {
      size.got += count;
      tell();
    });
    const wanted = knownSums.get(file) ?? (await sumsOf(release, archive)).get(file);
    if (!wanted) throw new Error(`${archive.sums} of the release does not name ${file}`);
    if (sum !== wanted) throw new Error(`${file} has the SHA-256 ${sum}, and should have ${wanted}`);
    await unpack(path, directory, archive.programs);
  };
  try {
    const taken = archives.map(take);
    await Promise.all(taken).catch(async (error: unknown) => {
      // Nothing is written any more when it is removed.
      await release.close();
      await Promise.allSettled(taken);
      throw error;
    });
  } finally {
    step.end();
    await release.close();
  }
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  getting.log(`Downloaded the Temporal server in ${seconds} s; it is kept in ${dirname(directory)}`);
}

/** The archives of the pinned versions for this system. @throws when there are none. */
async function archivesHere(): Promise<Archive[]> {
  const [system, processor] = [SYSTEMS[process.platform], PROCESSORS[process.arch]];
  if (!system || !processor) throw new Error(`there is no official release for ${process.platform} on ${process.arch}`);
  const { server, ui } = await pinnedVersions();
  return [
    {
      place: `temporalio/temporal/releases/download/v${server}`,
      file: `temporal_${server}_${system}_${processor}.tar.gz`,
      sums: 'checksums.txt',
      programs: { 'temporal-server': PROGRAMS.server.name, 'temporal-sql-tool': PROGRAMS.sqlTool.name },
    },
    {
      place: `temporalio/ui-server/releases/download/v${ui}`,
      file: `ui-server_${ui}_${system}_${processor}.tar.gz`,
      sums: `ui-server_${ui}_checksums.txt`,
      programs: { 'ui-server': PROGRAMS.ui.name },
    },
  ];
}

/** Sums as sha256sum writes them, by file. */
export function readSums(text: string): Map<string, string> {
  const lines = text.split('\n').flatMap((line) => {
    const [, sum, file] = /^([0-9a-fA-F]{64})\s+\*?(\S+)\s*$/.exec(line) ?? [];
    return sum && file ? [[file, sum.toLowerCase()] as const] : [];
  });
  return new Map(lines);
}

/** Writes it to a file. Answers with its SHA-256 in hex. */
async function write(body: Readable, path: string, onBytes: (count: number) => void): Promise<string> {
  const hash = createHash('sha256');
  const counted = bounded(MAX_ARCHIVE, (chunk) => {
    hash.update(chunk);
    onBytes(chunk.length);
  });
  await pipeline(body, counted, createWriteStream(path, { mode: 0o600 }));
  return hash.digest('hex');
}

/** The sums that the release itself tells. */
async function sumsOf(release: ReleaseServer, { place, sums }: Archive): Promise<Map<string, string>> {
  const { body } = await release.get(`${place}/${sums}`);
  const chunks: Buffer[] = [];
  const counted = bounded(MAX_SUMS, (chunk) => chunks.push(chunk));
  await pipeline(body, counted.resume());
  return readSums(Buffer.concat(chunks).toString('utf8'));
}

function bounded(most: number, onChunk: (chunk: Buffer) => void): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes > most) return done(new Error('it is longer than any release'));
      onChunk(chunk);
      done(null, chunk);
    },
  });
}

/** Takes the programs, and nothing else, out of the archive, and removes it. By options that every tar understands. */
async function unpack(archive: string, directory: string, programs: Record<string, string>): Promise<void> {
  await run('tar', ['-xzof', archive, '-C', directory, ...Object.keys(programs)]);
  for (const [name, ours] of Object.entries(programs)) {
    await rename(join(directory, name), join(directory, ours));
    await chmod(join(directory, ours), 0o755);
  }
  await rm(archive);
}
