import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { LadderState } from '../contract/healthWorkflow.ts';
import type { AttemptOutcome, DeliveryState } from '../contract/deliveryWorkflow.ts';

/** Makes the next attempt now; ignored during an attempt and once the delivery is delivered. */
export const retryNowSignal = defineSignal('retryNow');

/** How a cancel is meant. */
export interface CancelRequest {
  /** Relay's own: the delivery's record says that it has ended. It may have been opened again since, which then counts. */
  asRecorded: true;
}

/** Stops further attempts. */
export const cancelSignal = defineSignal<[CancelRequest?]>('cancel');

/** A delivery that is held for its endpoint may be attempted again; ignored by one that is not. */
export const resumeSignal = defineSignal('resume');

/** Makes a trial of an endpoint that is down now. */
export const tryNowSignal = defineSignal('tryNow');

/** Something has changed about a webhook that is, or was, down. */
export const lookAgainSignal = defineSignal('lookAgain');

/** Where the ladder of a webhook that is down stands. */
export const ladderQuery = defineQuery<LadderState>('state');

/** Where the delivery stands. */
export const stateQuery = defineQuery<DeliveryState>('state');

/** Sent after each failed attempt by workers of releases before 0.2; to be taken away when none of them is left. */
export const attemptFailedSignal = defineSignal<[AttemptOutcome]>('attemptFailed');
