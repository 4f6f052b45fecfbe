import { runUntilStopped } from './runUntilStopped.ts';

/** `npm start`: everything that Relay needs, on this machine, until Ctrl-C. */
await runUntilStopped(process.env);
