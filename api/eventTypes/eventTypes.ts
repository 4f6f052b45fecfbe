import type { Knex } from 'knex';
import { UniqueViolationError } from 'objection';
import type { EventTypeListQuery, EventTypeReplacement, EventTypeInput } from '../../contract/eventTypes.ts';
import type { Pagination } from '../../contract/primitives.ts';
import { newId, timeOfId } from '../../store/ids.ts';
import { EventTypeModel } from '../../store/models/EventTypeModel.ts';
import { presentEventType } from './presentEventType.ts';
import { ApiProblem, notFound, validationProblem } from '../http/problem.ts';
import { readPage } from '../listing/page.ts';
import { inCommand, type CommandServices, type Done } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';
import type { SchemaThreads } from './threads/SchemaThreads.ts';

export interface EventTypeServices extends CommandServices {
  schemaThreads: Pick<SchemaThreads, 'ask'>;
}

/** Larger ones take long to compile, and are no description of a payload. */
const MAX_SCHEMA_BYTES = 65_536;

export function listEventTypes(
  db: Knex,
  query: EventTypeListQuery,
): Promise<{ rows: EventTypeModel[]; pagination: Pagination }> {
  return readPage(EventTypeModel.query(db), query);
}

/** @throws ApiProblem `not_found` */
export async function findEventType(db: Knex, name: string): Promise<EventTypeModel> {
  const eventType = await EventTypeModel.query(db).findOne({ name });
  if (!eventType) throw notFound('event type');
  return eventType;
}

/**
 * Registers an event type; its schema is in force here when this returns, and everywhere within a second.
 * @param schemaText the schema as it was written.
 * @throws ApiProblem `conflict` when it exists, `validation_failed` for a schema that cannot be used.
 */
export async function createEventType(
  services: EventTypeServices,
  caller: Caller,
  { name, description = '', schema, eraseWhenDelivered = false, payloadRetentionDays = null }: EventTypeInput,
  schemaText: string | undefined,
): Promise<EventTypeModel> {
  onlyUnbound(caller);
  await checkSchema(services, caller, schema, schemaText);
  const id = newId();
  const createdAt = timeOfId(id);
  const text = schema === null || schema === undefined ? null : (schemaText ?? null);
  try {
    return await inCommand(services, caller, async (trx) => {
      const created = await EventTypeModel.query(trx).insertAndFetch({
        id,
        name,
        description,
        createdAt,
        updatedAt: createdAt,
        schema: text,
        eraseWhenDelivered,
        payloadRetentionDays,
      });
      return done('event_type.created', null, created, created);
    });
  } catch (error) {
    if (error instanceof UniqueViolationError) throw new ApiProblem('conflict', 'There is an event type of this name.');
    throw error;
  }
}

/** Replaces description, schema, and how long payloads are kept. @throws ApiProblem `not_found` or `validation_failed`. */
export async function replaceEventType(
  services: EventTypeServices,
  caller: Caller,
  name: string,
  input: EventTypeReplacement,
  schemaText: string | undefined,
): Promise<EventTypeModel> {
  onlyUnbound(caller);
  if (input.name !== undefined && input.name !== name) {
    throw validationProblem([{ path: '/name', message: `cannot be changed; it is ${name}` }]);
  }
  await checkSchema(services, caller, input.schema, schemaText);
  const text = input.schema === null || input.schema === undefined ? null : (schemaText ?? null);
  return inCommand(services, caller, async (trx) => {
    const stored = await EventTypeModel.query(trx).findOne({ name }).forUpdate();
    if (!stored) throw notFound('event type');
    const changed = await EventTypeModel.query(trx).patchAndFetchById(stored.id, {
      description: input.description ?? '',
      schema: text,
      eraseWhenDelivered: input.eraseWhenDelivered ?? false,
      payloadRetentionDays: input.payloadRetentionDays ?? null,
      updatedAt: new Date(),
    });
    return done('event_type.updated', stored, changed, changed);
  });
}

/** Events of the type go on being accepted, without a check. @throws ApiProblem `not_found` */
export async function deleteEventType(services: CommandServices, caller: Caller, name: string): Promise<void> {
  onlyUnbound(caller);
  await inCommand(services, caller, async (trx) => {
    const stored = await EventTypeModel.query(trx).findOne({ name }).forUpdate();
    if (!stored) throw notFound('event type');
    await stored.$query(trx).delete();
    return done('event_type.deleted', stored, null, undefined);
  });
}

async function checkSchema(
  { schemaThreads }: EventTypeServices,
  { keyId }: Caller,
  schema: EventTypeInput['schema'],
  text = '',
): Promise<void> {
  if (schema === null || schema === undefined) return;
  if (Buffer.byteLength(text) > MAX_SCHEMA_BYTES) {
    throw validationProblem([{ path: '/schema', message: `must not be larger than ${MAX_SCHEMA_BYTES} bytes` }]);
  }
  // For the key's time: event types are no client's.
  const answer = await schemaThreads.ask(`key ${keyId}`, { schema: text, payload: null });
  if ('errors' in answer) return;
  const reason = 'refused' in answer ? answer.refused : 'it takes too long to read';
  throw validationProblem([{ path: '/schema', message: `cannot be used: ${reason}` }]);
}

/** Event types are shared by all clients, so a key that is bound to one client may not change them. */
function onlyUnbound({ clientId }: Caller): void {
  if (clientId !== null)
    throw new ApiProblem('forbidden', 'Event types are global; this API key is bound to a client.');
}

/** What a command answers with that left `after` where `before` was. */
function done<T>(
  action: 'event_type.created' | 'event_type.updated' | 'event_type.deleted',
  before: EventTypeModel | null,
  after: EventTypeModel | null,
  result: T,
): Done<T> {
  return {
    result,
    target: { type: 'event_type', id: (after ?? before)?.name ?? '', clientId: null },
    entry: { action, ...(before && { before: shown(before) }), ...(after && { after: shown(after) }) },
  };
}

function shown(row: EventTypeModel): object {
  const { description, eraseWhenDelivered, payloadRetentionDays } = presentEventType(row);
  const retention = { eraseWhenDelivered, payloadRetentionDays };
  return { description, ...retention, schema: row.schema === null ? null : (JSON.parse(row.schema) as unknown) };
}
