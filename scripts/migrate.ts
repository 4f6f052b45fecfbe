import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { connectDatabase, migrate } from '../api/db/connect.ts';
import { ensureNamespace } from '../temporal/embedded/namespace.ts';
import { SEARCH_ATTRIBUTES } from '../temporal/searchAttributes.ts';

/**
 * `npm run migrate`: brings the schema of `DATABASE_URL` up to date and, when `TEMPORAL_ADDRESS` is set, registers the
 * namespace and search attributes there. May be run again at any time.
 */
const WORKFLOW_RETENTION_DAYS = 7;

const databaseUrl = process.env['DATABASE_URL'];
if (!databaseUrl) {
  console.error(
    'DATABASE_URL is not set. Example: DATABASE_URL=postgres://relay:secret@localhost:5432/relay npm run migrate',
  );
  process.exit(1);
}
const db = connectDatabase({ url: databaseUrl, poolMax: 2 });
try {
  const applied = await migrate(db);
  console.log(applied.length > 0 ? `Database: applied ${applied.join(', ')}` : 'Database: up to date');
} finally {
  await db.destroy();
}

if (process.env['TEMPORAL_ADDRESS']) {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await Connection.connect(connectionOptions);
  try {
    const keywords = SEARCH_ATTRIBUTES.map(({ name }) => name);
    await ensureNamespace(connection, { namespace, retentionDays: WORKFLOW_RETENTION_DAYS, keywords });
    console.log(`Temporal: namespace ${namespace} and its search attributes are there`);
  } finally {
    await connection.close();
  }
}
