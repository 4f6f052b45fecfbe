import { pastItsEnd, refuseOldNode } from '../../ops/nodeVersion.ts';

/** `npm start`: everything that Relay needs, on this machine, until Ctrl-C. */
refuseOldNode(process.versions.node);
const warning = pastItsEnd(process.versions.node);
if (warning) process.stderr.write(`${warning}\n`);
const { runUntilStopped } = await import('./runUntilStopped.ts');
await runUntilStopped(process.env);
