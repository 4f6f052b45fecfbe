import { createReceiver, type ReceiverOptions } from './createReceiver.ts';
import { describeInFull, describeRequest } from './describeRequest.ts';

export interface ReceivingOptions extends ReceiverOptions {
  /** Prints only the counts, once a second. */
  quiet?: boolean;
  /** Prints headers too, and the body indented. */
  full?: boolean;
}

/** Receives and prints webhooks until the process is told to stop. @throws Error saying what to do when the port is taken. */
export async function receive({ quiet = false, full = false, ...options }: ReceivingOptions): Promise<void> {
  const describe = full ? describeInFull : describeRequest;
  const inColour = process.stdout.isTTY && !process.env.NO_COLOR;
  const receiver = createReceiver({
    ...options,
    forget: true,
    onRequest(request, reaction) {
      if (!quiet) console.log(describe(request, reaction, inColour));
    },
  });
  const { url } = await receiver.listen().catch((error: unknown) => {
    const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw inUse
      ? new Error('The port is in use, by another receiver? Stop that, or choose another with --port')
      : error;
  });
  console.log(`Receiving on ${url} (counts: GET ${url}; Ctrl-C stops)`);
  const counting = quiet ? setInterval(() => console.log(JSON.stringify(receiver.counts())), 1000) : undefined;
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
  });
  clearInterval(counting);
  console.log(JSON.stringify(receiver.counts()));
  await receiver.close();
}
