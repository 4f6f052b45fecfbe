export { buildTemporal } from './build.ts';
export { findServer, type FoundServer } from './find.ts';
export { InUseError, ownerOf, takeDirectory } from './ownership.ts';
export { assertPortFree, PORT_VARIABLES, PortBusyError } from './networkPorts.ts';
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  type PostgresStop,
  startEmbeddedPostgres,
} from './postgres.ts';
export { cacheDirectory } from './serverCache.ts';
export { supervise, type Supervisor } from './supervise.ts';
export {
  type EmbeddedTemporal,
  type EmbeddedTemporalOptions,
  SEARCH_ATTRIBUTES,
  startEmbeddedTemporal,
} from './temporal.ts';
