import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

/** `npm run dev`: the relay, started anew when its code changes, and Vite on 5173 with the API behind it. */
const relay = spawn(process.execPath, ['--import', 'tsx', '--watch', 'cli/start/main.ts'], { stdio: 'inherit' });
const vite = await createServer({ configFile: fileURLToPath(new URL('../web/vite.config.ts', import.meta.url)) });
await vite.listen();
vite.printUrls();

let isStopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (isStopping) return;
    isStopping = true;
    relay.kill('SIGTERM');
  });
}
relay.once('exit', (code) => {
  void vite.close().finally(() => process.exit(code ?? 0));
});
