import type { TestProject } from 'vitest/node';
import { pastItsEnd } from '../../ops/nodeVersion.ts';
import { startInfrastructure } from './infrastructure.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
    temporalAddress: string;
  }
}

/** One PostgreSQL and one Temporal for all test files; each file makes a database and a task queue of its own on them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const warning = pastItsEnd(process.versions.node);
  if (warning) process.stderr.write(`${warning}\n`);
  const infrastructure = await startInfrastructure();
  project.provide('postgresUrl', infrastructure.postgres.url);
  project.provide('temporalAddress', infrastructure.temporal.address);
  return () => infrastructure.stop();
}
