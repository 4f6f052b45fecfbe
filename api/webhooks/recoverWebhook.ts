import type { Recover } from '../../contract/webhooks.ts';
import type { BatchModel } from '../../store/models/BatchModel.ts';
import { ApiProblem, validationProblem } from '../http/problem.ts';
import { findWebhook } from './queries.ts';
import type { Caller } from '../http/caller.ts';
import { startBatch, type StartBatchServices } from '../batches/startBatch.ts';

/**
 * Delivers again what a webhook missed: each of its deliveries created in the span that failed, was skipped or cancelled
 * (docs/CONTRACT.md §8).
 * @throws ApiProblem `not_found`, `webhook_disabled`, `validation_failed` for an inverted or future span.
 */
export async function recoverWebhook(
  services: StartBatchServices,
  caller: Caller,
  id: string,
  { since, until }: Recover,
): Promise<BatchModel> {
  const webhook = await findWebhook(services.db, caller, id);
  for (const [path, time] of Object.entries({ '/since': since, '/until': until })) {
    if (time !== undefined && new Date(time).getTime() > Date.now()) {
      throw validationProblem([{ path, message: 'is in the future' }]);
    }
  }
  if (until !== undefined && new Date(until) < new Date(since)) {
    throw validationProblem([{ path: '/until', message: 'must not be before since' }]);
  }
  if (!webhook.isActive) throw new ApiProblem('webhook_disabled', 'The webhook is not active; enable it first.');
  const filter = { webhookId: id, from: since, ...(until !== undefined && { to: until }) };
  return startBatch(services, caller, { kind: 'recover', filter });
}
