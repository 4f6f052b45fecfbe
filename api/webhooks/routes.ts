import { Batch } from '../../contract/batches.ts';
import {
  FilterTest,
  FilterTestResult,
  WebhookInput,
  Recover,
  SecretRotation,
  TestSend,
  TestSendResult,
  Webhook,
  WebhookListQuery,
  WebhookPage,
  WebhookPatch,
  WebhookReplacement,
  WebhookActivity,
  WebhookActivityQuery,
  WebhookSecretList,
  WebhookStats,
  WebhookTrouble,
  WebhookTroubleQuery,
  WebhookWithSecret,
} from '../../contract/webhooks.ts';
import { presentBatch } from '../batches/presentBatch.ts';
import { validationProblem } from '../http/problem.ts';
import { presentOneWebhook, presentWebhook, presentWebhooks } from './presentWebhook.ts';
import { findWebhook, listWebhooks } from './queries.ts';
import { webhookActivity } from '../statistics/webhookActivity.ts';
import { webhookStatistics } from '../statistics/webhookStatistics.ts';
import type { StartBatchServices } from '../batches/startBatch.ts';
import { patchWebhook, replaceWebhook, type ChangeServices } from './changeWebhook.ts';
import { createWebhook } from './createWebhook.ts';
import { deleteWebhook } from './deleteWebhook.ts';
import { liveSecrets } from './liveSecrets.ts';
import { readTrouble } from './readTrouble.ts';
import { recoverWebhook } from './recoverWebhook.ts';
import { requestTrial } from './requestTrial.ts';
import { rotateSecret } from './rotateSecret.ts';
import { testFilter } from './testFilter.ts';
import type { SendOnceServices } from './sendOnce.ts';
import { testSend } from './testSend.ts';
import { route, type Route } from '../http/route.ts';

export interface WebhookServices extends ChangeServices, SendOnceServices, StartBatchServices {
  directory: SendOnceServices['directory'];
}

const tag = 'Webhooks';

export const webhookRoutes: Route<WebhookServices>[] = [
  route({
    method: 'POST',
    path: '/api/webhooks',
    access: 'webhooks:write',
    tag,
    summary: 'Create a webhook',
    description:
      'The answer holds the secret, this once. A client may have 1,000 webhooks unless the installation says otherwise; deleted ones do not count. Each call makes another webhook: an `Idempotency-Key`, which only events have, is a 400.',
    body: { schema: WebhookInput },
    responses: { 201: WebhookWithSecret },
    problems: ['target_not_allowed', 'limit_reached', 'conflict'],
    async handle(services, { identity, body, header }) {
      if (header('idempotency-key') !== undefined) {
        const message = 'is for events only; each call makes another webhook';
        throw validationProblem([{ path: 'Idempotency-Key', message }]);
      }
      const { webhook, secret } = await createWebhook(services, identity, body);
      return { status: 201, body: { ...presentWebhook(webhook), secret } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/webhooks',
    access: 'webhooks:read',
    tag,
    summary: 'List webhooks',
    description: 'Newest first. `eventType` finds the webhooks that would get events of that type.',
    query: WebhookListQuery,
    responses: { 200: WebhookPage },
    async handle({ db }, { identity, query }) {
      const { rows, pagination } = await listWebhooks(db, identity, query);
      return { status: 200, body: { data: await presentWebhooks(db, rows), pagination } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/webhooks/stats/trouble',
    access: 'webhooks:read',
    tag,
    summary: 'Webhooks in trouble',
    operationId: 'getWebhookTrouble',
    description:
      'Now, by what it is: down, failing, disabled by Relay, slow, or held back by pace or order; `inactive` are those that people have disabled. Each webhook stands in the first of these that holds; of each the ones that most waits for. `GET /api/webhooks?trouble=` lists all.',
    query: WebhookTroubleQuery,
    responses: { 200: WebhookTrouble },
    async handle({ db }, { identity, query }) {
      return { status: 200, body: await readTrouble(db, identity, query) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/webhooks/stats/activity',
    access: 'webhooks:read',
    tag,
    summary: 'What was sent to some webhooks in the last day',
    operationId: 'getWebhookActivity',
    description: 'Attempts by the hour that they were made in, the running one last.',
    query: WebhookActivityQuery,
    responses: { 200: WebhookActivity },
    async handle({ db }, { identity, query }) {
      return { status: 200, body: await webhookActivity(db, identity, query.ids.split(',')) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/webhooks/:id',
    access: 'webhooks:read',
    tag,
    summary: 'Read a webhook',
    responses: { 200: Webhook },
    async handle({ db }, { identity, params }) {
      return { status: 200, body: await presentOneWebhook(db, await findWebhook(db, identity, params.id)) };
    },
  }),
  route({
    method: 'PUT',
    path: '/api/webhooks/:id',
    access: 'webhooks:write',
    tag,
    summary: 'Replace a webhook',
    description:
      'What is left out goes back to its default; the secret stays. What was read may be sent back: a masked header value leaves the real one, unless the URL’s origin changes, and what only Relay decides is passed over.',
    body: { schema: WebhookReplacement },
    responses: { 200: Webhook },
    problems: ['target_not_allowed', 'conflict'],
    async handle(services, { identity, params, body }) {
      const webhook = await replaceWebhook(services, identity, params.id, body);
      return { status: 200, body: await presentOneWebhook(services.db, webhook) };
    },
  }),
  route({
    method: 'PATCH',
    path: '/api/webhooks/:id',
    access: 'webhooks:write',
    tag,
    summary: 'Change a webhook',
    description:
      'What is left out stays; hidden header values as long as the URL’s origin does. Disabling turns waiting deliveries into `skipped`; enabling clears `disabledReason` and the count of failures.',
    body: { schema: WebhookPatch },
    responses: { 200: Webhook },
    problems: ['target_not_allowed', 'conflict'],
    async handle(services, { identity, params, body }) {
      const webhook = await patchWebhook(services, identity, params.id, body);
      return { status: 200, body: await presentOneWebhook(services.db, webhook) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/webhooks/:id',
    access: 'webhooks:write',
    tag,
    summary: 'Delete a webhook',
    description: 'Its waiting deliveries become `cancelled`; its history stays readable.',
    responses: { 204: null },
    async handle(services, { identity, params }) {
      await deleteWebhook(services, identity, params.id);
      return { status: 204 };
    },
  }),
  route({
    method: 'POST',
    path: '/api/webhooks/:id/rotate-secret',
    access: 'webhooks:write',
    tag,
    summary: 'Rotate the secret',
    description:
      'The answer holds the new secret, this once. Until the overlap has passed, both sign. At most ten are live: with an eleventh the oldest ends.',
    body: { schema: SecretRotation, optional: true },
    responses: { 200: WebhookWithSecret },
    async handle(services, { identity, params, body }) {
      const { webhook, secret } = await rotateSecret(services, identity, params.id, body);
      return { status: 200, body: { ...(await presentOneWebhook(services.db, webhook)), secret } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/webhooks/:id/secrets',
    access: 'webhooks:read',
    tag,
    summary: 'Which secrets sign, and until when',
    operationId: 'listWebhookSecrets',
    description: 'Those that are live now, the newest first; never what they are.',
    responses: { 200: WebhookSecretList },
    async handle({ db }, { identity, params }) {
      return { status: 200, body: await liveSecrets(db, identity, params.id) };
    },
  }),
  route({
    method: 'POST',
    path: '/api/webhooks/:id/test',
    access: 'webhooks:write',
    waitsElsewhere: true,
    tag,
    summary: 'Send a test event now and see the answer',
    description: 'One signed attempt, without retries. The answer tells how it went, also when it failed.',
    body: { schema: TestSend, optional: true },
    responses: { 200: TestSendResult },
    async handle(services, { identity, params, body, json }) {
      const payload = body.payload && json.textOf('payload');
      return { status: 200, body: await testSend(services, identity, params.id, { ...body, payload }) };
    },
  }),
  route({
    method: 'POST',
    path: '/api/webhooks/:id/recover',
    access: 'webhooks:write',
    tag,
    summary: 'Deliver again what was missed',
    description:
      'Takes every delivery of that time that failed, was skipped or cancelled. Follow the batch for how far it is.',
    body: { schema: Recover },
    responses: { 202: Batch },
    problems: ['webhook_disabled'],
    async handle(services, { identity, params, body }) {
      return { status: 202, body: presentBatch(await recoverWebhook(services, identity, params.id, body)) };
    },
  }),
  route({
    method: 'POST',
    path: '/api/webhooks/filter-test',
    access: 'webhooks:read',
    tag,
    summary: 'Try a filter',
    description:
      'Tells whether a filter lets an event through: one that was posted (`eventId`), or one that is sent along (`event`). Nothing is stored or sent.',
    operationId: 'testFilter',
    body: { schema: FilterTest },
    responses: { 200: FilterTestResult },
    problems: ['not_found'],
    async handle({ db }, { identity, body }) {
      return { status: 200, body: { matches: await testFilter(db, identity, body) } };
    },
  }),
  route({
    method: 'POST',
    path: '/api/webhooks/:id/trial',
    access: 'webhooks:write',
    tag,
    summary: 'Try an endpoint that is down now',
    operationId: 'tryWebhook',
    description:
      'Sends the held delivery that has waited longest, without using up its plan. With one success everything that is held goes out.',
    responses: { 202: Webhook },
    problems: ['webhook_healthy', 'webhook_disabled'],
    async handle(services, { identity, params }) {
      const webhook = await requestTrial(services, identity, params.id);
      return { status: 202, body: await presentOneWebhook(services.db, webhook) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/webhooks/:id/stats',
    access: 'webhooks:read',
    tag,
    summary: 'Statistics of a webhook',
    responses: { 200: WebhookStats },
    async handle({ db }, { identity, params }) {
      await findWebhook(db, identity, params.id);
      return { status: 200, body: await webhookStatistics(db, params.id) };
    },
  }),
];
