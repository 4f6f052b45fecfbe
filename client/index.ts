export { createRelayClient, type RelayClient } from './createRelayClient.ts';
export { everyRow } from './everyRow.ts';
export { followStream, type FollowOptions, type StreamUpdate } from './followStream.ts';
export { RelayProblem, UnexpectedAnswer } from './relayProblem.ts';
export { refusalOf, type RelayClientOptions } from './send.ts';
