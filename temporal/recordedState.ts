import type { Payload, PayloadCodec } from '@temporalio/common';
import { RECORDED_STATE, type DeliveryState } from '../contract/deliveryWorkflow.ts';

/** Reads where a delivery stands; null when the database has no such delivery. */
export type ReadState = (deliveryId: string) => Promise<DeliveryState | null>;

/** How the workflow's answer to the query `state` begins, as the default converter writes it. */
const ANSWER = Buffer.from(`{"${RECORDED_STATE}":`);

/**
 * Lets the query `state` answer with what is recorded. Between two scheduled attempts the workflow sleeps and sees
 * nothing of them; to tell it of each would cost a signal and three rows of history for every failed attempt. Its answer
 * names the delivery and passes by here, where the row can be read. Without the database the workflow's own view is given.
 */
export function createRecordedStateCodec(read: ReadState): PayloadCodec {
  return {
    encode: (payloads) =>
      Promise.all(payloads.map(async (payload) => (isAnswer(payload) ? await complete(payload) : payload))),
    decode: (payloads) => Promise.resolve(payloads),
  };

  async function complete(payload: Payload): Promise<Payload> {
    const { [RECORDED_STATE]: deliveryId, ...seen } = JSON.parse(Buffer.from(payload.data!).toString()) as Answer;
    const state = (await read(deliveryId).catch(() => null)) ?? seen;
    return { ...payload, data: Buffer.from(JSON.stringify(state)) };
  }
}

type Answer = DeliveryState & Record<typeof RECORDED_STATE, string>;

function isAnswer({ data }: Payload): boolean {
  return !!data && data.length > ANSWER.length && ANSWER.equals(data.subarray(0, ANSWER.length));
}
