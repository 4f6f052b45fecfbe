import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { declarationsOf } from './packages/declarations.ts';

/** `npm run build:packages`: what is published besides the image, into packages/<name>/dist. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ENTRIES = ['index', 'receive'];
const COMMON = { emptyOutDir: true, minify: false, target: 'es2022' } as const;

const packaged = (name: string, ...path: string[]): string => join(ROOT, 'packages', name, ...path);

async function buildClient(): Promise<void> {
  const entry = Object.fromEntries(ENTRIES.map((name) => [name, join(ROOT, 'client', `${name}.ts`)]));
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'warn',
    build: {
      ...COMMON,
      outDir: packaged('client', 'dist'),
      lib: { entry, formats: ['es', 'cjs'] },
      rollupOptions: { external: [/^node:/] },
    },
  });
  for (const name of ENTRIES) {
    const text = declarationsOf(ROOT, `client/${name}.ts`);
    await writeFile(packaged('client', 'dist', `${name}.d.ts`), text);
    await writeFile(packaged('client', 'dist', `${name}.d.cts`), text);
  }
}

async function buildCommandLine(): Promise<void> {
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'warn',
    ssr: { noExternal: true },
    build: {
      ...COMMON,
      outDir: packaged('cli', 'dist'),
      ssr: join(ROOT, 'cli/packaged.ts'),
      rollupOptions: { output: { entryFileNames: 'relay.js', banner: '#!/usr/bin/env node' } },
    },
  });
}

for (const name of ['client', 'cli']) {
  await rm(packaged(name, 'dist'), { recursive: true, force: true });
  await copyFile(join(ROOT, 'LICENSE'), packaged(name, 'LICENSE'));
}
await buildClient();
await buildCommandLine();
