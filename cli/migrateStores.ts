import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { connectDatabase } from '../store/connect.ts';
import { migrate } from '../store/migrate.ts';
import { ensureNamespace } from '../temporal/namespace.ts';
import { SEARCH_ATTRIBUTES } from '../temporal/searchAttributes.ts';

const WORKFLOW_RETENTION_DAYS = 7;

/** Brings the schema up to date; the names of the migrations that were missing. */
export async function migrateDatabase(url: string): Promise<string[]> {
  const db = connectDatabase({ url, poolMax: 2 });
  try {
    return await migrate(db);
  } finally {
    await db.destroy();
  }
}

/** Registers namespace and search attributes with the Temporal that `TEMPORAL_*` names; the namespace's name. */
export async function prepareTemporal(): Promise<string> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await Connection.connect(connectionOptions);
  try {
    const keywords = SEARCH_ATTRIBUTES.map(({ name }) => name);
    await ensureNamespace(connection, { namespace, retentionDays: WORKFLOW_RETENTION_DAYS, keywords });
    return namespace;
  } finally {
    await connection.close();
  }
}
