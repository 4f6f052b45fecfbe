import { styleText } from 'node:util';
import type { Command } from 'commander';
import { type ConnectionOptions, urlOfApi, withConnection } from '../connection.ts';
import type { Finding } from '../doctor/finding.ts';

const STYLES = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

interface DoctorOptions extends ConnectionOptions {
  json?: boolean;
}

export function addDoctor(program: Command): void {
  withConnection(program.command('doctor'), urlOfProcess(process.env))
    .description('Checks configuration, database, Temporal and API, and says what to do. Changes nothing.')
    .option('--json', 'print the findings as one JSON array')
    .action(doctor);
}

/** Where the process that the environment describes answers probes: one that is only a worker does so on WORKER_PORT. */
function urlOfProcess(env: NodeJS.ProcessEnv): string {
  const { RELAY_URL, RELAY_ROLE, WORKER_PORT } = env;
  return !RELAY_URL && RELAY_ROLE === 'worker' && WORKER_PORT ? `http://localhost:${WORKER_PORT}` : urlOfApi(env);
}

async function doctor(options: DoctorOptions): Promise<void> {
  const [{ checkConfiguration }, { checkDatabase }, { checkTemporal }, { checkEgress }, { checkApi }] =
    await Promise.all([
      import('../doctor/checkConfiguration.ts'),
      import('../doctor/checkDatabase.ts'),
      import('../doctor/checkTemporal.ts'),
      import('../doctor/checkEgress.ts'),
      import('../doctor/checkApi.ts'),
    ]);
  const { env } = process;
  const asked = await Promise.all([checkDatabase(env), checkTemporal(), checkEgress(env), checkApi(options)]);
  const findings = [...checkConfiguration(env), ...asked.flat()];
  console.log(options.json ? JSON.stringify(findings, null, 2) : findings.map(describe).join('\n'));
  if (findings.some(({ status }) => status === 'fail')) process.exitCode = 1;
}

function describe({ check, status, message, todo }: Finding): string {
  const inColour = process.stdout.isTTY && !process.env['NO_COLOR'];
  const word = status.padEnd(4);
  const line = `${inColour ? styleText(STYLES[status], word) : word}  ${check.padEnd(13)}  ${message}`;
  return todo ? `${line}\n      ${' '.repeat(13)}  → ${todo}` : line;
}
