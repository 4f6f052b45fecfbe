import { traceIdOf } from '../../activities/http/traceparent.ts';
import type { Logger } from '../../ops/logger.ts';
import { EventInput } from '../../contract/events.ts';
import type { Problem } from '../../contract/problem.ts';
import { toProblem } from '../http/middlewares/toProblem.ts';
import { presentEvent, type PresentedEvent } from './presentEvent.ts';
import { presentProblem } from '../http/presentProblem.ts';
import { ApiProblem } from '../http/problem.ts';
import type { Caller } from '../http/caller.ts';
import { clientToWriteFor } from '../http/clientBinding.ts';
import { readJson, type JsonDocument } from '../http/json/readJson.ts';
import { compileBody } from '../http/validation/validate.ts';
import type { Work } from '../turns/LoopTurns.ts';
import { acceptEvent, type AcceptServices } from './acceptEvent.ts';
import type { RecordedEvent } from './recordEvent.ts';

const readEvent = compileBody(EventInput);

/** See the contract's `EventBatchResult`. */
interface ItemResult {
  status: number;
  event?: PresentedEvent;
  error?: Problem;
}

interface Batch {
  /** The events as they were written. */
  items: string[];
  requestId: string;
  /** Does long work in short turns. */
  inTurns: <T>(work: Work<T>) => Promise<T>;
}

export interface AcceptBatchServices extends AcceptServices {
  logger: Logger;
  maxEventBytes: number;
}

/**
 * Takes each event by itself: a bad one gets the status it would have got alone, and the rest go on.
 * @throws ApiProblem `unavailable` when none could be recorded because the database is away: then the whole batch can
 * be sent again.
 */
export async function acceptBatch(
  services: AcceptBatchServices,
  identity: Caller,
  { items, requestId, inTurns }: Batch,
): Promise<ItemResult[]> {
  const outcomes = await Promise.all(await inTurns(acceptItems(services, identity, items)));
  const problems = outcomes.filter((outcome) => outcome instanceof ApiProblem);
  const unavailable = problems.find(({ code }) => code === 'unavailable');
  if (unavailable && problems.length === outcomes.length) throw unavailable;
  for (const problem of problems) {
    if (problem.code !== 'internal_error') continue;
    const trace = traceIdOf(identity.traceparent);
    services.logger.error('An event of a batch failed', { requestId, ...trace, error: problem.cause });
  }
  return outcomes.map((outcome) =>
    outcome instanceof ApiProblem
      ? { status: outcome.status, error: presentProblem(outcome, requestId) }
      : { status: outcome.replayed ? 200 : 202, event: presentEvent(outcome.event) },
  );
}

type Outcome = RecordedEvent | ApiProblem;

/** Begins with each item before the one before is recorded, so that they are written together. */
function* acceptItems(services: AcceptBatchServices, identity: Caller, items: string[]): Work<Promise<Outcome>[]> {
  const serialized = serializeByName();
  const outcomes: Promise<Outcome>[] = [];
  for (const text of items) {
    const item = yield* readItem(text, services.maxEventBytes);
    outcomes.push(item instanceof ApiProblem ? Promise.resolve(item) : accept(item));
    yield;
  }
  return outcomes;

  async function accept({ event, json }: Item): Promise<Outcome> {
    try {
      const { idempotencyKey, orderingKey, clientId } = event;
      const keys = [
        ...(idempotencyKey === undefined ? [] : [`idempotency ${idempotencyKey}`]),
        ...(orderingKey === undefined ? [] : [`order ${orderingKey}`]),
      ];
      if (keys.length === 0) return await acceptEvent(services, identity, event, json);
      const client = clientToWriteFor(identity, clientId);
      const names = keys.map((key) => `${client} ${key}`);
      return await serialized(names, () => acceptEvent(services, identity, event, json));
    } catch (error) {
      return toProblem(error);
    }
  }
}

interface Item {
  event: Omit<EventInput, 'payload'>;
  json: JsonDocument;
}

function* readItem(text: string, maxBytes: number): Work<Item | ApiProblem> {
  try {
    if (Buffer.byteLength(text) > maxBytes) {
      throw new ApiProblem('payload_too_large', `The event is larger than ${maxBytes} bytes.`);
    }
    const json = yield* readJson(text, { unread: 'payload' });
    return { event: readEvent(json.value), json };
  } catch (error) {
    return toProblem(error);
  }
}

/**
 * Runs actions that share a name one after the other: of two equal idempotency keys the first in the batch creates the event, and
 * events of one ordering key are committed as they stand there.
 */
function serializeByName() {
  const last = new Map<string, Promise<unknown>>();
  return <T>(names: string[], act: () => Promise<T>): Promise<T> => {
    const turn = Promise.allSettled(names.map((name) => last.get(name) ?? Promise.resolve())).then(act);
    for (const name of names) last.set(name, turn);
    return turn;
  };
}
