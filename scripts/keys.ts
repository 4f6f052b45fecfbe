import { runCommandLine } from '../cli/program.ts';

/** `npm run keys`: `relay keys`. */
await runCommandLine(['keys', ...process.argv.slice(2)]);
