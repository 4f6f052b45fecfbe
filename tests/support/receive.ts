import { onTestFinished } from 'vitest';
import { createReceiver, type Receiver, type ReceiverOptions } from '../../receiver/createReceiver.ts';

/** A receiver of webhooks, and where it listens until the test that asks for it has ended. */
export async function receive(options: ReceiverOptions = {}): Promise<{ receiver: Receiver; url: string }> {
  const receiver = createReceiver(options);
  onTestFinished(() => receiver.close());
  return { receiver, ...(await receiver.listen()) };
}
