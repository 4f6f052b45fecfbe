import { programOf, REMOTE_COMMANDS, runProgram } from './remote.ts';

/** The command line as a package of its own, which has no server beside it. */
await runProgram(programOf(REMOTE_COMMANDS), process.argv.slice(2));
