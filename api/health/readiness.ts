import type { Knex } from 'knex';

const CHECK_MS = 2000;
/** Anybody may ask, so that what is known for less than this is not asked again, in ms. */
const KNOWN_MS = 1000;

export interface Dependencies {
  postgres: boolean;
  temporal: boolean;
}

/** Asks whether PostgreSQL and Temporal answer: once for all who want to know within a second. */
export function createReadiness(db: Knex, inspector: { ping(): Promise<boolean> }): () => Promise<Dependencies> {
  let askedAt = -Infinity;
  let known: Promise<Dependencies>;
  return () => {
    const now = performance.now();
    if (now - askedAt < KNOWN_MS) return known;
    askedAt = now;
    known = Promise.all([databaseAnswers(db), inspector.ping()]).then(([postgres, temporal]) => ({
      postgres,
      temporal,
    }));
    return known;
  };
}

function databaseAnswers(db: Knex): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), CHECK_MS).unref());
  const asked = db.raw('SELECT 1').then(
    () => true,
    () => false,
  );
  return Promise.race([asked, late]);
}
