import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { assertPortFree } from './networkPorts.ts';
import { portHolder } from './portHolder.ts';

test('says who has a port, and how to go on', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const who = await portHolder(port);
  expect(who).toMatch(new RegExp(`^.+ \\(process ${process.pid}\\)$`));
  await expect(assertPortFree(port, 'the API', 'PORT')).rejects.toThrow(
    `Port ${port} for the API is already in use by ${who}. Stop that, or choose another with PORT=<port>.`,
  );
  await new Promise((resolve) => server.close(resolve));
  expect(await portHolder(port)).toBeNull();
});
