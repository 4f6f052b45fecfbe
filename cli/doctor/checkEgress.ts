import { once } from 'node:events';
import { connect } from 'node:net';
import { endpointOf } from '../../activities/http/endpoint.ts';
import { messageOf } from '../failure.ts';
import { fail, type Finding, ok } from './finding.ts';

const CONNECT_MS = 5000;
const TODO = 'Start the proxy, open the way to it, or correct EGRESS_PROXY_URL. Until then no delivery leaves.';

/** Whether the proxy that deliveries leave by takes connections; nothing where none is set. */
export async function checkEgress(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const proxy = env['EGRESS_PROXY_URL'];
  // One that is no URL is the configuration's finding.
  if (!proxy || !URL.canParse(proxy)) return [];
  const at = endpointOf(new URL(proxy));
  const socket = connect(at);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) });
    return [ok('egress', `${at.host}:${at.port} takes connections`)];
  } catch (error) {
    return [fail('egress', `${at.host}:${at.port} cannot be reached: ${messageOf(error)}`, TODO)];
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}
