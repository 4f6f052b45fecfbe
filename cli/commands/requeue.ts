import { connectDatabase } from '../../store/connect.ts';
import { requeueUnfinished } from '../../store/deliveries/requeueUnfinished.ts';

/**
 * `npm run requeue`: hands every unfinished delivery and batch of `DATABASE_URL` to Temporal again, after a restore or
 * when Temporal's own state was lost. May be run at any time, beside running relays, and again.
 */
const { DATABASE_URL } = process.env;
if (!DATABASE_URL) {
  console.error('DATABASE_URL must be set.');
  process.exit(1);
}
const db = connectDatabase({ url: DATABASE_URL, poolMax: 2 });
try {
  const { deliveries, batches } = await requeueUnfinished(db);
  console.log(`${deliveries} deliveries and ${batches} batches are handed to Temporal again.`);
} finally {
  await db.destroy();
}
