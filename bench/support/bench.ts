import { cpus, totalmem } from 'node:os';
import type { Role } from '../../ops/config.ts';
import { createDatabase } from '../../tests/support/database.ts';
import { relayEnvironment } from '../../tests/support/environment.ts';
import { startInfrastructure } from '../../tests/support/infrastructure.ts';
import { startRelayProcess, type RelayProcess } from '../../tests/support/relayProcess.ts';
import { round } from './percentiles.ts';
import { useOf, type Use } from './processUse.ts';

/** What is measured apart: Relay's processes by their role, and the servers that they stand on. */
export type Part = 'relay' | 'api' | 'worker' | 'temporal' | 'postgres';
export type UseByPart = Partial<Record<Part, Use>>;

/** A relay to measure, with a PostgreSQL and a Temporal as `npm start` has them. */
export interface Bench {
  /** A process that has the API, to set things up through. */
  api: RelayProcess['api'];
  /** Of every process that has the API. */
  urls: string[];
  databaseUrl: string;
  temporalAddress: string;
  /** From the start of Relay's first process until it answers, in ms. */
  startMs: number;
  stopTemporal(): Promise<void>;
  /** Starts it again on the same data and port. */
  restartTemporal(): Promise<void>;
  /** What each part has used up to now. */
  use: () => UseByPart;
  stop(): Promise<void>;
}

/**
 * Starts one process for each role; by default one that does everything, as `npm start` does.
 * @param overrides further environment variables of Relay's processes.
 */
export async function startBench(roles: Role[] = ['all'], overrides: NodeJS.ProcessEnv = {}): Promise<Bench> {
  const infrastructure = await startInfrastructure();
  const { postgres, temporal } = infrastructure;
  const relays: { role: Role; relay: RelayProcess }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(relays.map(({ relay }) => relay.stop()));
    await infrastructure.stop();
  };
  try {
    const databaseUrl = await createDatabase(postgres.socketUrl);
    const env = relayEnvironment({ databaseUrl, temporalAddress: temporal.address }, overrides);
    let startMs = 0;
    for (const role of roles) {
      const begun = performance.now();
      relays.push({ role, relay: await startRelayProcess({ ...env, RELAY_ROLE: role }, { quiet: true }) });
      startMs ||= Math.round(performance.now() - begun);
    }
    const withApi = relays.filter(({ role }) => role !== 'worker').map(({ relay }) => relay);
    const [first] = withApi;
    if (!first) throw new Error('No process has the API');
    const pids = new Map<Part, number[]>([['postgres', [postgres.pid]]]);
    const watchTemporal = (): void => void pids.set('temporal', [infrastructure.temporal.pids[0] ?? 0]);
    watchTemporal();
    for (const { role, relay } of relays) {
      const part = role === 'all' ? 'relay' : role;
      pids.set(part, [...(pids.get(part) ?? []), relay.pid]);
    }
    return {
      api: first.api,
      urls: withApi.map(({ url }) => url),
      databaseUrl,
      temporalAddress: temporal.address,
      startMs,
      stopTemporal: () => infrastructure.temporal.stop(),
      async restartTemporal() {
        await infrastructure.restartTemporal();
        watchTemporal();
      },
      use: () => Object.fromEntries([...pids].map(([part, roots]) => [part, useOf(roots)])),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** CPU ms that each part has spent between two readings, for each of `count` things. */
export function cpuPer(count: number, before: UseByPart, after: UseByPart): Partial<Record<Part, number>> {
  const parts = Object.entries(after).map(([part, { cpuMs }]) => {
    const spent = cpuMs - (before[part as Part]?.cpuMs ?? 0);
    return [part, round(spent / Math.max(1, count))];
  });
  return Object.fromEntries(parts) as Partial<Record<Part, number>>;
}

/** The most memory that each part has had, in MiB, looked at each second until `stop` says. */
export function watchMemory(use: () => UseByPart): { peak: Partial<Record<Part, number>>; stop: () => void } {
  const peak: Partial<Record<Part, number>> = {};
  const timer = setInterval(() => {
    for (const [part, { memoryMiB }] of Object.entries(use()) as [Part, Use][]) {
      peak[part] = Math.max(peak[part] ?? 0, Math.round(memoryMiB));
    }
  }, 1000);
  return { peak, stop: () => clearInterval(timer) };
}

/** The machine, for whoever reads the figures. */
export function machine(): string {
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${gib} GiB, Node ${process.version}, ${process.platform}`;
}
