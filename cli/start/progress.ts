export interface Running {
  /** The API, which also serves the dashboard. */
  url: string;
  temporalUiUrl: string | null;
  /** Null when the key is the operator's own and need not be printed. */
  developmentKey: string | null;
  dataDir: string;
  /** Where the database's files truly are; null when it is not ours. */
  databaseDirectory: string | null;
}

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
    ready({ url, temporalUiUrl, developmentKey, dataDir, databaseDirectory }) {
      const isElsewhere = databaseDirectory !== null && !databaseDirectory.startsWith(dataDir);
      const data = isElsewhere ? `${dataDir}, its database in ${databaseDirectory}` : dataDir;
      const key = developmentKey ?? '<your ADMIN_API_KEY>';
      console.log(`
Relay is up after ${((Date.now() - began) / 1000).toFixed(1)} s.

  API              ${url}
  Temporal Web UI  ${temporalUiUrl ?? 'not started'}
  API key          ${key}
  Data             ${data}

Try it: in another terminal start a receiver with \`npm run receiver\`, then

  curl -X POST ${url}/api/webhooks -H "X-API-Key: ${key}" \\
    -d '{"name":"Test","url":"http://127.0.0.1:9000/","eventTypes":["job.*"]}'

  curl -X POST ${url}/api/events -H "X-API-Key: ${key}" \\
    -d '{"eventType":"job.created","payload":{"jobId":"123"}}'

\`npx relay status\` shows all this again, and how to reach the database. Ctrl-C stops everything.
`);
    },
  };
}
