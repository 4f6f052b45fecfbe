import { createAddressGuard } from '../../activities/http/guardAddress.ts';
import { ConfigError, readConfig } from '../../ops/config.ts';
import { messageOf } from '../failure.ts';
import { fail, type Finding, ok } from './finding.ts';

const CHECK = 'configuration';
const TODO = 'Correct the variable; "Settings" in README.md says what each may be.';
/** Stands in where the database is left to `relay start`, so that all other variables are looked at. */
const NO_DATABASE = 'postgres://unset';

/** Whether the environment can be used, with every problem. */
export function checkConfiguration(env: NodeJS.ProcessEnv): Finding[] {
  const isOwnDatabase = !env['DATABASE_URL'] && env['NODE_ENV'] !== 'production';
  try {
    const config = readConfig(isOwnDatabase ? { ...env, DATABASE_URL: NO_DATABASE } : env);
    createAddressGuard(config.ALLOWED_TARGET_CIDRS);
    return [ok(CHECK, `every variable can be used (NODE_ENV ${config.NODE_ENV})`)];
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [messageOf(error)];
    return problems.map((problem) => fail(CHECK, problem, TODO));
  }
}
