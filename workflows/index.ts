export { applyRetention } from './applyRetention.ts';
export { deliverWebhook } from './deliverWebhook.ts';
export { retryBatch } from './retryBatch.ts';
export { webhookHealth } from './webhookHealth.ts';
