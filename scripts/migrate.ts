import { connectDatabase, migrate } from '../api/db/connect.ts';

/** `npm run migrate`: brings the schema of `DATABASE_URL` up to date. */
const url = process.env['DATABASE_URL'];
if (!url) {
  console.error(
    'DATABASE_URL is not set. Example: DATABASE_URL=postgres://relay:secret@localhost:5432/relay npm run migrate',
  );
  process.exit(1);
}
const db = connectDatabase({ url, poolMax: 2 });
try {
  const applied = await migrate(db);
  console.log(applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'The schema is up to date.');
} finally {
  await db.destroy();
}
