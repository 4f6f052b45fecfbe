import type { Command } from 'commander';
import { isSecret } from '../../activities/http/secret.ts';
import { parseInteger } from '../parseInteger.ts';

interface ListenOptions {
  port: number;
  secret?: string;
  fail?: number;
}

export function addListen(program: Command): void {
  program
    .command('listen')
    .description(
      'Receives webhooks on 127.0.0.1 and prints them, headers and body. Paths such as /fail/2, /status/503 and /stall/5000 answer so.',
    )
    .option('--port <port>', 'where to listen; 0 is any free port', parseInteger(0, 65_535), 9000)
    .option('--secret <secret>', 'verify signatures with it; a wrong one is answered with 401')
    .option('--fail <n>', 'fail the first n attempts of each webhook', parseInteger(0, 1_000_000))
    .action(async ({ port, secret, fail }: ListenOptions, command: Command) => {
      if (secret !== undefined && !isSecret(secret)) {
        command.error('error: --secret wants whsec_ and the base64 of 24 to 64 bytes', { exitCode: 2 });
      }
      const { receive } = await import('../../receiver/receive.ts');
      await receive({
        port,
        full: true,
        ...(secret !== undefined && { secret }),
        ...(fail !== undefined && { fail }),
      });
    });
}
