import { writeFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import proto from '@temporalio/proto';

/**
 * `npm run history -- <workflowId> <name>`: keeps a workflow's history under workflows/histories (as protobuf), where
 * the replay tests hold later versions of the workflow code against it. Who ran it is taken out.
 */
const { History } = proto.temporal.api.history.v1;

const [workflowId, name] = process.argv.slice(2);
if (!workflowId || !name) {
  console.error('Usage: npm run history -- <workflowId> <name>');
  process.exit(1);
}
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
const history = await new Client({ connection, namespace }).workflow.getHandle(workflowId).fetchHistory();
forgetWho(history.events);
await writeFile(`workflows/histories/${name}.binpb`, History.encode(history).finish());
await connection.close();

/** Replaces every worker's identity (`pid@host`, also within queue names), however deep it lies. */
function forgetWho(part: unknown): void {
  if (typeof part !== 'object' || part === null || part instanceof Uint8Array) return;
  for (const [name, value] of Object.entries(part)) {
    if (typeof value === 'string') Reflect.set(part, name, value.replace(/^\d+@[^\s-]+(-[0-9a-f]+)*/, 'relay'));
    else forgetWho(value);
  }
}
