#!/usr/bin/env node
import { existsSync } from 'node:fs';
import process from 'node:process';
import { URL } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Relay needs Node 20.19 or newer; this is Node ${process.versions.node}.\n`);
  process.exit(1);
}

/** The sources where they are, so that a build left behind never runs in their place; else the build, as in the image. */
const source = new URL('../cli/program.ts', import.meta.url);
const built = new URL('../dist/cli/program.js', import.meta.url);
const fromSource = existsSync(source);
if (fromSource) {
  const { register } = await import('tsx/esm/api');
  register();
} else {
  process.setSourceMapsEnabled(true);
}
const { runCommandLine } = await import((fromSource ? source : built).href);
await runCommandLine(process.argv.slice(2));
