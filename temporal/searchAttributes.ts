import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What delivery workflows can be looked up by in Temporal; set when a workflow starts, never changed. */
export const clientIdAttribute = defineSearchAttributeKey('ClientId', SearchAttributeType.KEYWORD);
export const webhookIdAttribute = defineSearchAttributeKey('WebhookId', SearchAttributeType.KEYWORD);
export const eventTypeAttribute = defineSearchAttributeKey('EventType', SearchAttributeType.KEYWORD);

export const SEARCH_ATTRIBUTES = [clientIdAttribute, webhookIdAttribute, eventTypeAttribute];
