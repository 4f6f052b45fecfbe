import { hostname } from 'node:os';
import { styleText } from 'node:util';
import type { RelayClient } from '../../client/index.ts';
import { CommandFailed } from '../failure.ts';
import { createForwarder, type Forwarded, type Forwarder } from './forward.ts';
import { onKey } from './keys.ts';

export interface ForwardOptions {
  /** Where webhooks are handed on to. */
  target: string;
  /** Where to listen; 0 is any free port. */
  port: number;
  eventTypes: string[];
  clientId: string | undefined;
  secret: string | undefined;
  /** Where Relay reaches what listens here; by default 127.0.0.1. */
  reachableAt: string | undefined;
}

/**
 * Subscribes a webhook of its own, hands on what arrives until it is told to stop, and deletes the webhook again.
 * @throws CommandFailed when the port is taken, and what the client throws.
 */
export async function listenAndForward(relay: RelayClient, options: ForwardOptions): Promise<void> {
  const { target, eventTypes, clientId, secret, reachableAt } = options;
  const forwarder = createForwarder(target, (forwarded) => console.log(describe(forwarded)));
  const port = await forwarder.listen(options.port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new CommandFailed(`Port ${options.port} is in use`, 'Choose another with --port, or 0 for any free one.');
  });
  try {
    const webhook = await relay.createWebhook({
      name: `relay listen at ${hostname()}`,
      url: reachableAt ?? `http://127.0.0.1:${port}/`,
      eventTypes,
      ...(clientId !== undefined && { clientId }),
      ...(secret !== undefined && { secret }),
    });
    try {
      console.log(`Forwarding ${eventTypes.join(' ')} of ${webhook.clientId} to ${target}`);
      console.log(`Secret ${webhook.secret}`);
      console.log(process.stdin.isTTY ? 'r sends the last one again, Ctrl-C stops' : 'Ctrl-C stops');
      await untilStopped(forwarder);
    } finally {
      await relay.deleteWebhook(webhook.id);
    }
  } finally {
    await forwarder.close();
  }
}

async function untilStopped(forwarder: Forwarder): Promise<void> {
  const resend = async (): Promise<void> => {
    const forwarded = await forwarder.again();
    console.log(forwarded ? `${describe(forwarded)}  (again)` : 'Nothing has arrived yet');
  };
  const end = onKey((name) => {
    if (name === 'r') void resend();
  });
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
  });
  end();
}

function describe({ taken, status, durationMs, reason }: Forwarded): string {
  const type = /^\s*\{\s*"type"\s*:\s*"([\w.-]{1,128})"/.exec(taken.body.toString('utf8', 0, 200))?.[1] ?? '-';
  const id = (taken.headers['webhook-id'] ?? '-').replace(/[^\x20-\x7e]/g, '?');
  const answer = status === null ? `no answer: ${reason}` : String(status);
  const isGood = status !== null && status < 300;
  const shown = process.stdout.isTTY && !process.env['NO_COLOR'] ? styleText(isGood ? 'green' : 'red', answer) : answer;
  return `${new Date().toISOString().slice(11, 23)}  ${type}  ${id}  → ${shown}  ${durationMs} ms`;
}
