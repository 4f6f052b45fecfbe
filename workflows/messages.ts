import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { AttemptOutcome, DeliveryState } from '../contract/deliveryWorkflow.ts';

/** Makes the next attempt now; ignored during an attempt and once the delivery is delivered. */
export const retryNowSignal = defineSignal('retryNow');

/** Stops further attempts. */
export const cancelSignal = defineSignal('cancel');

/** Where the delivery stands. */
export const stateQuery = defineQuery<DeliveryState>('state');

/** Sent after each failed attempt by workers of releases before 0.2; to be taken away when none of them is left. */
export const attemptFailedSignal = defineSignal<[AttemptOutcome]>('attemptFailed');
