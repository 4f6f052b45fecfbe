import { createRequire } from 'node:module';

/** This release, `major.minor.patch`. package.json is the one place that says it, to the sources and to a build. */
export const { version: VERSION } = createRequire(import.meta.url)('#package.json') as { version: string };
