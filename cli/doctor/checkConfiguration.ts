import { createAddressGuard } from '../../activities/http/guardAddress.ts';
import { type Config, ConfigError, readConfig } from '../../api/config.ts';
import { messageOf } from '../failure.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

const CHECK = 'configuration';
const TODO = 'Correct the variable; "Settings" in README.md says what each may be.';
/** Stands in where the database is left to `relay start`, so that all other variables are looked at. */
const NO_DATABASE = 'postgres://unset';

/** Whether the environment can be used, with every problem; the configuration when it can be and names a database. */
export function checkConfiguration(env: NodeJS.ProcessEnv): { findings: Finding[]; config: Config | null } {
  const isOwnDatabase = !env['DATABASE_URL'] && env['NODE_ENV'] !== 'production';
  try {
    const config = readConfig(isOwnDatabase ? { ...env, DATABASE_URL: NO_DATABASE } : env);
    createAddressGuard(config.ALLOWED_TARGET_CIDRS);
    const findings = [ok(CHECK, `every variable can be used, ${config.production ? 'production' : config.NODE_ENV}`)];
    if (!isOwnDatabase) return { findings, config };
    const todo = 'Set it to have the database checked. Without it only relay start works, which brings its own.';
    return { findings: [...findings, warn('database', 'DATABASE_URL is not set', todo)], config: null };
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [messageOf(error)];
    return { findings: problems.map((problem) => fail(CHECK, problem, TODO)), config: null };
  }
}
