import { runUntilStopped } from './start/runUntilStopped.ts';

/** `npm start`: everything that Relay needs, on this machine, until Ctrl-C. */
await runUntilStopped(process.env);
