export interface Running {
  /** The API, which also serves the dashboard. */
  url: string;
  /** Whether Temporal is there, too; without it first attempts are made, and everything else waits. */
  isWhole: boolean;
  temporalUiUrl: string | null;
  /** Null when the key is the operator's own and need not be printed. */
  developmentKey: string | null;
  dataDir: string;
  /** Where the database's files truly are; null when it is not ours. */
  databaseDirectory: string | null;
  /** Null when it is not ours. */
  databaseUrl: string | null;
}

/** The example of README and quick start, for receivers on a developer's machine. */
const EXAMPLE_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

export interface Progress {
  /** Begins a step; the answer ends it. */
  step(title: string): () => void;
  note: (line: string) => void;
  fail(reason: string): void;
  ready(running: Running): void;
}

/** Tells the terminal what is going on, one line a step with the time it took. */
export function createProgress(): Progress {
  const began = Date.now();
  return {
    step(title) {
      const at = Date.now();
      console.log(`  … ${title}`);
      return () => console.log(`  ✓ ${title} (${((Date.now() - at) / 1000).toFixed(1)} s)`);
    },
    note: (line) => console.log(`    ${line}`),
    fail: (reason) => console.error(`\n✗ ${reason}\n`),
    ready({ url, isWhole, temporalUiUrl, developmentKey, dataDir, databaseDirectory, databaseUrl }) {
      const isElsewhere = databaseDirectory !== null && !databaseDirectory.startsWith(dataDir);
      const data = isElsewhere ? `${dataDir}, its database in ${databaseDirectory}` : dataDir;
      const waiting = `
Temporal is not there yet: events are accepted and their first attempts are made; retries and workflows
begin when it is. \`curl ${url}/readyz\` says how far it is.
`;
      const key = developmentKey ?? '<your ADMIN_API_KEY>';
      console.log(`
Relay is up after ${((Date.now() - began) / 1000).toFixed(1)} s.

  API, dashboard   ${url}
  Every call       ${url}/docs
  Temporal Web UI  ${temporalUiUrl ?? (isWhole ? 'not started' : 'not there yet')}
  API key          ${key}
  Database         ${databaseUrl === null ? 'your own' : hidePassword(databaseUrl)}
  Data             ${data}
${isWhole ? '' : waiting}
Try it: in another terminal start a receiver with

  npm run receiver -- --secret ${EXAMPLE_SECRET}

and in a third

  curl -X POST ${url}/api/webhooks -H "X-API-Key: ${key}" \\
    -d '{"name":"Mine","url":"http://127.0.0.1:9000/","eventTypes":["job.*"],"secret":"${EXAMPLE_SECRET}"}'

  curl -X POST ${url}/api/events -H "X-API-Key: ${key}" \\
    -d '{"eventType":"job.created","payload":{"jobId":"123"}}'

\`npx relay status\` shows all this again, with the database's password. Ctrl-C stops everything.
`);
    },
  };
}

/** For a terminal that others may see. */
function hidePassword(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.password = '…';
  return decodeURIComponent(url.href);
}
