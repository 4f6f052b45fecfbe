import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { AttemptOutcome, DeliveryState } from '../contract/deliveryWorkflow.ts';

/** Makes the next attempt now; ignored while one is being made and when the delivery was taken. */
export const retryNowSignal = defineSignal('retryNow');

/** Stops further attempts. */
export const cancelSignal = defineSignal('cancel');

/** Where the delivery stands. */
export const stateQuery = defineQuery<DeliveryState>('state');

/** Sent by the retrying activity after each failed attempt, which the workflow would not see before the last. */
export const attemptFailedSignal = defineSignal<[AttemptOutcome]>('attemptFailed');
