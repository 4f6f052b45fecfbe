import { randomUUID } from 'node:crypto';
import type { AttemptOutcome, AttemptRequest } from '../contract/deliveryWorkflow.ts';
import type { Logger } from '../ops/logger.ts';
import type { Span, Tracing } from '../ops/tracing/tracing.ts';
import { isOpen, type AttemptTrigger, type DeliveryStatus } from '../contract/statuses.ts';
import { decide } from './decide.ts';
import { closedOutcome } from './closedOutcome.ts';
import type { AccessTokens } from './http/accessTokens.ts';
import { classify } from './http/classify.ts';
import { endpointVerdict } from './http/endpointVerdict.ts';
import type { Sender } from './http/sender.ts';
import type { DeliveryJob, DeliveryStore, Pacer, WebhookTarget, Webhooks } from './ports.ts';
import { known } from './missingDelivery.ts';
import { traceIdOf } from './http/traceparent.ts';
import { recordAttempt } from './recordAttempt.ts';
import { sendWebhook } from './sendWebhook.ts';

/** An attempt as metrics count it. */
export interface AttemptReport {
  /** The delivery's status after it. */
  status: DeliveryStatus;
  errorCode: string | null;
  durationMs: number;
  /** From the event's creation to the end of the attempt. */
  sinceEventMs: number;
}

export interface AttemptDependencies {
  store: DeliveryStore;
  webhooks: Webhooks;
  pacer: Pacer;
  sender: Sender;
  logger: Pick<Logger, 'info'>;
  tracing: Pick<Tracing, 'start'>;
  /** Where receivers reach Relay's API. */
  publicUrl: string;
  tokens: Pick<AccessTokens, 'get'>;
  /** Told of each attempt once it is recorded. */
  onAttempt: (attempt: AttemptReport) => void;
}

/** What the caller of an attempt knows of its delivery. */
export interface KnownDelivery {
  /** The delivery; it is read when this is absent. */
  job?: DeliveryJob | undefined;
  /** See `AttemptRecord`; by default Temporal has the workflow, which asks for the attempt. */
  isOwed?: () => boolean;
}

const isNotOwed = (): boolean => false;

/** A wait shorter than this is sat out here; a longer one goes back to the workflow, which waits durably. */
const SHORT_WAIT_MS = 1000;
/** The bounds of the wait for secrets that can be opened: soon at first, for a key that is being replaced, then seldom, in ms. */
const SECRETS_WAIT_MS = { shortest: 2000, longest: 600_000 };

/**
 * One attempt, from the delivery's row to its recorded result: prepare, pace, send, classify, record. Without all of the
 * webhook's secrets none is made, and none is used up: the workflow waits and asks again, perhaps another worker.
 * @throws when the database cannot be reached, so that Temporal repeats it. An attempt whose record was lost is made
 * again: at least once, never lost.
 * @throws MissingDelivery when the database has no such delivery.
 */
export async function attemptDelivery(
  deps: AttemptDependencies,
  request: AttemptRequest,
  { job: read, isOwed = isNotOwed }: KnownDelivery = {},
): Promise<AttemptOutcome> {
  const prepared = await prepare(deps, request, read);
  if ('status' in prepared) return prepared;
  const { job, webhook } = prepared;
  const held = (delayMs: number, error?: string): AttemptOutcome => ({
    status: 'held',
    attempt: job.attemptCount,
    delayMs,
    planned: request.planned,
    ...(error !== undefined && { error }),
  });
  const secrets = webhook.liveSecrets();
  if (!secrets) return held(secretsWaitMs(job), 'A secret of the webhook cannot be opened here');

  const waitMs = webhook.rateLimit ? await deps.pacer.reserve(job, webhook.rateLimit.perSecond) : 0;
  if (waitMs > SHORT_WAIT_MS) {
    await deps.store.postpone(job.deliveryId, new Date(Date.now() + waitMs));
    return held(waitMs);
  }
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));

  const { eventId, deliveryId, webhookId } = job;
  const span = deps.tracing.start('attempt', {
    kind: 'internal',
    parent: job.traceparent,
    attributes: () => ({
      'relay.event.id': eventId,
      'relay.delivery.id': deliveryId,
      'relay.webhook.id': webhookId,
      'relay.attempt': job.attemptCount + 1,
      'relay.trigger': request.trigger,
    }),
  });
  try {
    return await makeAttempt(deps, request, { job, webhook, secrets, isOwed }, span);
  } catch (error) {
    span.end({ error: 'relay_unavailable' });
    throw error;
  }
}

/** As long again as it has waited: what waits for weeks must not fill its workflow's history. */
function secretsWaitMs({ createdAt }: DeliveryJob): number {
  const { shortest, longest } = SECRETS_WAIT_MS;
  return Math.min(Math.max(Date.now() - createdAt.getTime(), shortest), longest);
}

/** Send, classify, record; ends the attempt's span unless it throws. */
async function makeAttempt(
  deps: AttemptDependencies,
  request: AttemptRequest,
  { job, webhook, secrets, isOwed }: Prepared & { secrets: string[]; isOwed: () => boolean },
  span: Span,
): Promise<AttemptOutcome> {
  const { traceparent } = span;
  const { tracing, publicUrl, tokens } = deps;
  const result = await sendWebhook(deps.sender, webhook, job, { secrets, tracing, traceparent, publicUrl, tokens });
  const verdict = classify(result);
  const { retryPolicy } = webhook;
  const attemptsMade = job.attemptCount - job.sparedAttempts + (request.trigger === 'trial' ? 0 : 1);
  const decision = decide(verdict, {
    attemptsMade,
    planned: request.planned,
    retryPolicy,
    httpStatus: result.response?.status ?? null,
  });
  const error = verdict.kind === 'delivered' ? null : verdict.error;
  const written = await recordAttempt(deps.store, {
    id: randomUUID(),
    deliveryId: job.deliveryId,
    webhookId: job.webhookId,
    trigger: request.trigger,
    startedAt: result.startedAt,
    durationMs: result.durationMs,
    request: { ...result.request, address: result.address },
    response: result.response,
    error,
    status: decision.status,
    nextRetryAt: decision.status === 'retrying' ? new Date(Date.now() + decision.delayMs) : null,
    endpoint: endpointVerdict(verdict, result.response?.status ?? null),
    retryAfterMs: verdict.kind === 'retryable' ? verdict.retryAfterMs : null,
    isLast: decision.status === 'failed' && decision.isPlansEnd === true,
    gone: decision.status === 'failed' && decision.gone,
    isOwed,
  });
  const recorded = known(written, job.deliveryId);
  span.end({ attributes: { 'relay.delivery.status': recorded.status }, error: error?.code });
  deps.onAttempt({
    status: recorded.status,
    errorCode: error?.code ?? null,
    durationMs: result.durationMs,
    sinceEventMs: Date.now() - job.createdAt.getTime(),
  });
  deps.logger.info('attempt', {
    eventId: job.eventId,
    deliveryId: job.deliveryId,
    workflowId: job.workflowId,
    webhookId: job.webhookId,
    ...traceIdOf(traceparent),
    attempt: recorded.attempt,
    status: recorded.status,
    httpStatus: result.response?.status ?? null,
    durationMs: result.durationMs,
    ...(error && { error }),
  });
  if (recorded.status === 'retrying') {
    return {
      status: 'retrying',
      attempt: recorded.attempt,
      error: error?.message ?? '',
      // The last of the plan, of an endpoint that is down, leaves one more, which is held.
      delayMs: decision.status === 'retrying' ? decision.delayMs : 1,
      retryPolicy,
    };
  }
  if (recorded.status === 'failed') return { status: 'failed', attempt: recorded.attempt, error: error?.message ?? '' };
  return closedOutcome(recorded.status, recorded.attempt);
}

/** Whether no attempt is to be made of the delivery, whatever its webhook is. */
export function isOver({ status, isErased }: DeliveryJob, trigger: AttemptTrigger): boolean {
  return !isOpen(status) && (trigger !== 'manual' || status === 'delivered' || isErased === true);
}

interface Prepared {
  job: DeliveryJob;
  webhook: WebhookTarget;
}

/** The delivery and its webhook, or the outcome when there is nothing to send. */
async function prepare(
  { store, webhooks }: AttemptDependencies,
  { deliveryId, trigger }: AttemptRequest,
  read: DeliveryJob | undefined,
): Promise<Prepared | AttemptOutcome> {
  const job = read ?? known(await store.load(deliveryId), deliveryId);
  if (isOver(job, trigger)) return closedOutcome(job.status, job.attemptCount);
  let webhook = webhooks.find(job.webhookId);
  if (!webhook?.isActive) {
    // It may have been made, or enabled, a moment ago by a process whose word has not come here yet: nothing is ended by that.
    await webhooks.refresh(job.webhookId);
    webhook = webhooks.find(job.webhookId);
  }
  if (webhook?.isActive) return { job, webhook };
  if (!isOpen(job.status)) return closedOutcome(job.status, job.attemptCount);
  const settled = known(await store.settle(deliveryId, webhook ? 'skipped' : 'cancelled'), deliveryId);
  return closedOutcome(settled.status, settled.attempt);
}
