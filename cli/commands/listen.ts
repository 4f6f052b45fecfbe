import type { Command } from 'commander';
import { isSecret } from '../../activities/http/secret.ts';
import { connectToChange, type ConnectionOptions, withConnection } from '../connection.ts';
import { parseInteger } from '../parseInteger.ts';

interface ListenOptions extends ConnectionOptions {
  port?: number;
  forwardTo?: string;
  eventType?: string[];
  client?: string;
  reachableAt?: string;
  secret?: string;
  fail?: number;
}

export function addListen(program: Command): void {
  withConnection(program.command('listen'))
    .description(
      'Receives webhooks on 127.0.0.1 and prints them, headers and body. Paths such as /fail/2, /status/503 and /stall/5000 answer so. With --forward-to it subscribes by itself and hands them on.',
    )
    .option(
      '--port <port>',
      'where to listen, else 9000; 0 is any free port, as with --forward-to',
      parseInteger(0, 65_535),
    )
    .option('--forward-to <url>', 'subscribe a webhook until Ctrl-C, and hand on what arrives, as it arrives')
    .option('--event-type <pattern...>', 'with --forward-to: what to subscribe to, else *; repeat for several')
    .option('--client <id>', "with --forward-to: whose events; else the key's client, or default-client")
    .option('--reachable-at <url>', 'with --forward-to: where Relay reaches this port, as through a tunnel')
    .option('--secret <secret>', 'verify signatures with it; a wrong one is answered with 401')
    .option('--fail <n>', 'fail the first n attempts of each webhook', parseInteger(0, 1_000_000))
    .action(async (options: ListenOptions, command: Command) => {
      const { port, secret, fail, forwardTo } = options;
      if (secret !== undefined && !isSecret(secret)) {
        command.error('error: --secret wants whsec_ and the base64 of 24 to 64 bytes', { exitCode: 2 });
      }
      if (forwardTo !== undefined) {
        if (!URL.canParse(forwardTo)) command.error('error: --forward-to wants a URL', { exitCode: 2 });
        const { listenAndForward } = await import('../listen/listenAndForward.ts');
        const { eventType: eventTypes = ['*'], client: clientId, reachableAt } = options;
        const forward = { target: forwardTo, port: port ?? 0, eventTypes, clientId, secret, reachableAt };
        return listenAndForward(connectToChange(options), forward);
      }
      const { receive } = await import('../../receiver/receive.ts');
      await receive({
        port: port ?? 9000,
        full: true,
        ...(secret !== undefined && { secret }),
        ...(fail !== undefined && { fail }),
      });
    });
}
