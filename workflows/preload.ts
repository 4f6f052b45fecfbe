/**
 * Run once in each workflow thread, before any workflow (docs/adr/0003). What it imports is shared by all workflows of the
 * thread instead of being loaded by each: no module here may keep anything of a workflow in a variable of its own.
 */
import './index.ts';

// The SDK takes a stack trace for every promise of a workflow, for the Web UI's tab "Call Stack".
Error.stackTraceLimit = 0;
