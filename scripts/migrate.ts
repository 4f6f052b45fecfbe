import { runCommandLine } from '../cli/program.ts';

/** `npm run migrate`, and what a deployment runs first: `relay migrate`. */
await runCommandLine(['migrate', ...process.argv.slice(2)]);
