export { deliverWebhook } from './deliverWebhook.ts';
