/**
 * How many deliveries are worked on at once in a process. The numbers hang together (deliveryLimits.test.ts): a start is a
 * third of the cost while the worker has a free slot for it, so no more are started than there are slots, and what one
 * endpoint may take is a small part of what there is.
 */

/** First attempts, each of which holds a workflow task and a local activity until it has ended. */
export const FIRST_ATTEMPTS = {
  /** Of endpoints that are not known as slow. */
  fast: 36,
  /** Those of one client. */
  fastPerClient: 32,
  /** Those of endpoints that have not answered soon of late, and of one of these: it may be slow. */
  unproven: 16,
  unprovenPerWebhook: 4,
  /** Slow ones in all. */
  slow: 160,
  /** Slow ones of one webhook. */
  slowPerWebhook: 24,
} as const;

/** Retries of one webhook; each holds an activity. */
export const RETRIES_PER_WEBHOOK = 24;

/** The slots of the worker. */
export const WORKER_SLOTS = {
  workflowTasks: 240,
  localActivities: 240,
  activities: 200,
} as const;
