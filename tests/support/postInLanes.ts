import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './apiClient.ts';

export interface Lanes {
  /** The status of every answer so far. */
  answers: number[];
  /** The ids of the events. */
  ids: string[];
  /** Ends the posting, once what is under way has its answer. */
  stop: () => Promise<void>;
}

const LANES = 4;

/** Posts events, and reads the list after each, in some lanes at once, from now on until it is stopped. */
export function postInLanes(api: ApiClient, eventType: string, pauseMs = 0): Lanes {
  const answers: number[] = [];
  const ids: string[] = [];
  let isPosting = true;
  const post = async (lane: number): Promise<void> => {
    for (let n = 0; isPosting; n++) {
      const event = { eventType, payload: { lane, n } };
      const { status, body } = await api.postEvent(event, { 'idempotency-key': `${eventType}-${lane}-${n}` });
      ids.push(body.id);
      answers.push(status, (await api.call('GET', '/api/events?limit=1')).status);
      if (pauseMs > 0) await sleep(pauseMs);
    }
  };
  const lanes = Array.from({ length: LANES }, (_, lane) => post(lane));
  return {
    answers,
    ids,
    async stop() {
      isPosting = false;
      await Promise.all(lanes);
    },
  };
}
