import { RelayProblem } from '../../client/index.ts';
import { connect, type ConnectionOptions, fetchFrom } from '../connection.ts';
import { CommandFailed, messageOf } from '../failure.ts';
import { hintFor } from '../hints.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

const NO_RELAY = 'Does --url, or RELAY_URL, name Relay itself, and not something before it?';

/** Whether the API answers, is ready, and takes the key. */
export async function checkApi(options: ConnectionOptions): Promise<Finding[]> {
  let response: Response;
  try {
    response = await fetchFrom(options.url)(`${options.url.replace(/\/+$/, '')}/readyz`);
  } catch (error) {
    return [fail('api', messageOf(error), error instanceof CommandFailed ? error.hint : NO_RELAY)];
  }
  const checks = await readChecks(response);
  if (!checks) return [fail('api', `${options.url} answers with ${response.status}, not as Relay does`, NO_RELAY)];
  return [judge(options.url, response.ok, checks), ...(await checkKey(options))];
}

function judge(url: string, isReady: boolean, checks: Record<string, unknown>): Finding {
  if (!isReady) {
    const away = Object.keys(checks).filter((name) => checks[name] === 'unavailable');
    return fail(
      'api',
      `${url} is not ready: ${away.length > 0 ? `it cannot reach ${away.join(' and ')}` : 'it is stopping'}`,
      'docs/OPERATIONS.md, "Alerts and what to do", says how to bring back what is away.',
    );
  }
  if (checks['secrets'] !== 'degraded') return ok('api', `${url} is ready`);
  const todo = 'GET /readyz names the webhooks; docs/OPERATIONS.md, "RelaySecretsUnreadable", says what to do.';
  return warn('api', `${url} is ready, but cannot open the secrets of every webhook`, todo);
}

async function readChecks(response: Response): Promise<Record<string, unknown> | null> {
  const answer: unknown = await response.json().catch(() => null);
  const isReadiness = typeof answer === 'object' && answer !== null && 'status' in answer && 'checks' in answer;
  return isReadiness ? (answer.checks as Record<string, unknown>) : null;
}

/** A process that is only a worker answers probes and knows of no keys: nothing is found out there. */
async function checkKey(options: ConnectionOptions): Promise<Finding[]> {
  try {
    const { name, scopes, clientId } = await connect(options).getMe();
    return [ok('key', `“${name}” may do ${scopes.join(', ')} for ${clientId ?? 'all clients'}`)];
  } catch (error) {
    if (error instanceof RelayProblem && error.status === 404) return [];
    const hint = error instanceof RelayProblem ? hintFor(error) : null;
    return [fail('key', messageOf(error), hint ?? 'Try again when the API is ready.')];
  }
}
