/** What to do when PostgreSQL cannot be used, by its own or the system's error code. */
const ADVICE: Record<string, string> = {
  ECONNREFUSED: 'Start PostgreSQL (relay start brings its own), or correct host and port in DATABASE_URL.',
  ENOTFOUND: 'Correct the host in DATABASE_URL.',
  EAI_AGAIN: 'Correct the host in DATABASE_URL, or mend the name server.',
  ETIMEDOUT: 'Nothing answers: correct the host in DATABASE_URL, or open the way to it.',
  '28P01': 'Correct user and password in DATABASE_URL.',
  '28000': 'Let the user in (pg_hba.conf), or correct DATABASE_URL and its sslmode.',
  '3D000': 'Make the database (createdb), or correct its name in DATABASE_URL.',
  '42P01': 'Run relay migrate: tables are missing.',
  '53300': 'PostgreSQL is out of connections: raise max_connections or lower DATABASE_POOL_MAX.',
};

/** What to do about an error of the database's; null when nothing in particular is known. */
export function connectionAdvice(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ADVICE[code] ?? null;
}
