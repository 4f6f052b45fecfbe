import { cpus, totalmem } from 'node:os';
import { createDatabase } from '../../tests/support/database.ts';
import { relayEnvironment } from '../../tests/support/environment.ts';
import { startInfrastructure } from '../../tests/support/infrastructure.ts';
import { startRelayProcess, type RelayProcess } from '../../tests/support/relayProcess.ts';
import { useOf, type Use } from './processUse.ts';

export const PARTS = ['relay', 'temporal', 'postgres'] as const;
export type Part = (typeof PARTS)[number];
export type UseByPart = Record<Part, Use>;

/** A relay to measure: API and worker in one process of their own, with a PostgreSQL and a Temporal as `npm start` has them. */
export interface Bench {
  relay: RelayProcess;
  temporalAddress: string;
  /** What each part has used up to now. */
  use(): UseByPart;
  stop(): Promise<void>;
}

export async function startBench(): Promise<Bench> {
  const infrastructure = await startInfrastructure();
  const { postgres, temporal } = infrastructure;
  try {
    const databaseUrl = await createDatabase(postgres.url);
    const relay = await startRelayProcess(relayEnvironment({ databaseUrl, temporalAddress: temporal.address }));
    return {
      relay,
      temporalAddress: temporal.address,
      use: () => ({ relay: useOf(relay.pid), temporal: useOf(temporal.pids[0] ?? 0), postgres: useOf(postgres.pid) }),
      async stop() {
        await relay.stop();
        await infrastructure.stop();
      },
    };
  } catch (error) {
    await infrastructure.stop();
    throw error;
  }
}

/** CPU time between two readings, in ms, by part. */
export function cpuBetween(before: UseByPart, after: UseByPart): Record<Part, number> {
  const spent = (part: Part) => after[part].cpuMs - before[part].cpuMs;
  return { relay: spent('relay'), temporal: spent('temporal'), postgres: spent('postgres') };
}

/** The machine, for whoever reads the figures. */
export function machine(): string {
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${gib} GiB, Node ${process.version}, ${process.platform}`;
}
