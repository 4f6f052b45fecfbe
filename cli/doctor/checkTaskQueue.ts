import { Client, Connection, ScheduleNotFoundError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type pg from 'pg';
import { ownerOf, retentionScheduleId } from '../../temporal/retentionSchedule.ts';
import { defaultTaskQueue } from '../../temporal/taskQueue.ts';
import { fail, type Finding, ok } from './finding.ts';

const CONNECT_MS = 5000;

/** Whether the task queue is this installation's. Says nothing where Temporal cannot be asked; another check does. */
export async function checkTaskQueue(client: pg.Client, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const { rows } = await client.query<{ id: string }>('SELECT id FROM installation');
  const installationId = rows[0]?.id ?? '';
  const taskQueue = env['TEMPORAL_TASK_QUEUE'] || defaultTaskQueue(installationId);
  const owner = await readOwner(taskQueue, env).catch(() => undefined);
  if (owner === undefined) return [];
  if (owner === null) return [ok('task queue', `${taskQueue} is nobody's yet`)];
  if (owner === installationId) return [ok('task queue', `${taskQueue} is this installation's`)];
  return [
    fail(
      'task queue',
      `${taskQueue} belongs to another Relay (installation ${owner}; this database is ${installationId})`,
      'Leave TEMPORAL_TASK_QUEUE unset, or set it to a name that nobody else uses.',
    ),
  ];
}

/** Null when nobody has taken the queue. */
async function readOwner(taskQueue: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const address = connectionOptions.address ?? `localhost:${env['TEMPORAL_PORT'] || 7233}`;
  const connection = await Connection.connect({ ...connectionOptions, address, connectTimeout: CONNECT_MS });
  try {
    return await ownerOf(new Client({ connection, namespace }).schedule.getHandle(retentionScheduleId(taskQueue)));
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  } finally {
    await connection.close();
  }
}
