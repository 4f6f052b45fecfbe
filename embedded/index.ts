export { findServer, type FoundServer } from './find.ts';
export { CLUSTER, clusterHomes, type ClusterPlace, clusterPlace, endLeftServers, removeServers } from './keptFiles.ts';
export { InUseError, takeDirectory } from './ownership.ts';
export { assertPortFree, PORT_VARIABLES, PortBusyError } from './networkPorts.ts';
export { type EmbeddedPostgres, startEmbeddedPostgres } from './postgres.ts';
export { clusterVersion } from './postgresCluster.ts';
export { supervise, type Supervisor } from './supervise.ts';
export { type EmbeddedTemporal, type EmbeddedTemporalOptions, startEmbeddedTemporal } from './temporal.ts';
