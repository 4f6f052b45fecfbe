import pg from 'pg';

/**
 * A connection of the doctor's own, which the caller ends. One that is lost fails the next query.
 * @param timeoutMs for connecting, and for each query.
 * @throws when the database cannot be reached in time, or refuses.
 */
export async function connectDoctor(connectionString: string, timeoutMs: number): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString,
    application_name: 'relay-doctor',
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
