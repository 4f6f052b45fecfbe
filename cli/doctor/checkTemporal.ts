import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { GRPC, hasCode } from '../../temporal/grpc.ts';
import { SEARCH_ATTRIBUTES } from '../../temporal/searchAttributes.ts';
import { messageOf } from '../failure.ts';
import { fail, type Finding, ok } from './finding.ts';

const CONNECT_MS = 5000;

/** Whether Temporal, as `TEMPORAL_*` names it, can be reached, has the namespace, and knows the search attributes. */
export async function checkTemporal(): Promise<Finding[]> {
  let config: ReturnType<typeof loadClientConnectConfig>;
  try {
    config = loadClientConnectConfig();
  } catch (error) {
    return [fail('temporal', messageOf(error), 'Correct the TEMPORAL_* variables or the file that they name.')];
  }
  const { connectionOptions, namespace = 'default' } = config;
  const address = connectionOptions.address ?? `localhost:${process.env['TEMPORAL_PORT'] || 7233}`;
  let connection: Connection;
  try {
    connection = await Connection.connect({ ...connectionOptions, address, connectTimeout: CONNECT_MS });
  } catch (error) {
    const todo = 'Start Temporal, or correct TEMPORAL_ADDRESS and TEMPORAL_TLS_*. relay start brings its own.';
    return [fail('temporal', `${address} cannot be used: ${messageOf(error)}`, todo)];
  }
  try {
    const reached = ok('temporal', `${address} answers`);
    const found = await checkNamespace(connection, namespace);
    return found.status === 'ok' ? [reached, found, await checkAttributes(connection, namespace)] : [reached, found];
  } finally {
    await connection.close();
  }
}

async function checkNamespace(connection: Connection, namespace: string): Promise<Finding> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return ok('namespace', `${namespace} is there`);
  } catch (error) {
    return hasCode(error, GRPC.notFound)
      ? fail('namespace', `${namespace} is not there`, 'Run relay migrate, or correct TEMPORAL_NAMESPACE.')
      : fail('namespace', `${namespace}: ${messageOf(error)}`, 'See the log of Temporal.');
  }
}

/** Asked by a query, which every kind of server answers, whether or not it lets its attributes be listed. */
async function checkAttributes(connection: Connection, namespace: string): Promise<Finding> {
  const names = SEARCH_ATTRIBUTES.map(({ name }) => name);
  try {
    const query = names.map((name) => `${name} = "-"`).join(' AND ');
    await connection.workflowService.countWorkflowExecutions({ namespace, query });
    return ok('attributes', `${names.join(', ')} are there`);
  } catch (error) {
    return fail('attributes', messageOf(error), `Run relay migrate, or add ${names.join(', ')} of type Keyword.`);
  }
}
