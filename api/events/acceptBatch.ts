import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { traceIdOf } from '../../activities/http/traceparent.ts';
import type { Logger } from '../../ops/logger.ts';
import { NewEvent } from '../../contract/events.ts';
import type { Problem } from '../../contract/problem.ts';
import { toProblem } from '../http/middlewares/toProblem.ts';
import { presentEvent, type PresentedEvent } from './presentEvent.ts';
import { presentProblem } from '../http/presentProblem.ts';
import { ApiProblem } from '../http/problem.ts';
import type { Caller } from '../http/caller.ts';
import { clientToWriteFor } from '../http/clientBinding.ts';
import { checkJson, splitItems } from '../http/json/readJson.ts';
import { compileBody } from '../http/validation/validate.ts';
import { acceptEvent, type AcceptServices } from './acceptEvent.ts';

const readEvent = compileBody(NewEvent);
/** How long a batch works on its items (ms) before it yields to other requests. */
const TURN_MS = 20;

/** See the contract's `EventBatchResult`. */
interface ItemResult {
  status: number;
  event?: PresentedEvent;
  error?: Problem;
}

interface Batch {
  items: unknown[];
  /** The array as it was written. */
  text: string;
  requestId: string;
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
  { items, text, requestId }: Batch,
): Promise<ItemResult[]> {
  const texts = splitItems(text);
  const serialized = serializeByName();
  const accepted: ReturnType<typeof accept>[] = [];
  const accept = (item: unknown, text: string) =>
    acceptItem(services, identity, item, text, serialized).catch((error: unknown) => toProblem(error));
  let turnEndsAt = performance.now() + TURN_MS;
  for (const [index, item] of items.entries()) {
    if (performance.now() > turnEndsAt) {
      await yieldToOthers();
      turnEndsAt = performance.now() + TURN_MS;
    }
    accepted.push(accept(item, texts[index] ?? ''));
  }
  const outcomes = await Promise.all(accepted);
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

async function acceptItem(
  services: AcceptBatchServices,
  identity: Caller,
  item: unknown,
  text: string,
  serialized: ReturnType<typeof serializeByName>,
) {
  const { maxEventBytes } = services;
  if (Buffer.byteLength(text) > maxEventBytes) {
    throw new ApiProblem('payload_too_large', `The event is larger than ${maxEventBytes} bytes.`);
  }
  const json = checkJson(text, item);
  const event = readEvent(item);
  const { idempotencyKey } = event;
  const accept = () => acceptEvent(services, identity, event, json);
  if (idempotencyKey === undefined) return accept();
  return serialized(`${clientToWriteFor(identity, event.clientId)} ${idempotencyKey}`, accept);
}

/** Runs actions of the same name one after the other: of two equal keys, the first in the batch creates the event. */
function serializeByName() {
  const last = new Map<string, Promise<unknown>>();
  return <T>(name: string, act: () => Promise<T>): Promise<T> => {
    const turn = (last.get(name) ?? Promise.resolve()).then(act, act);
    last.set(name, turn);
    return turn;
  };
}
