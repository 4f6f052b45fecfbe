/** As Relay's workflow code is loaded; see workflows/preload.ts. */
import './workflow.ts';

Error.stackTraceLimit = 0;
