import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Passes every connection to `port` on to another port of this machine: a way to have something come up late. */
export async function forward(port: number, to: number): Promise<() => Promise<void>> {
  const server = createServer((incoming) => {
    const outgoing = connect(to, '127.0.0.1');
    incoming.pipe(outgoing).pipe(incoming);
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      socket.on('error', () => undefined);
      socket.on('close', () => other.destroy());
    }
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return () => closed(server);
}

/** Takes connections and never says a word, as a database does that is alive and overwhelmed. */
export async function openSilence(): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  return {
    port: address.port,
    close() {
      for (const socket of sockets) socket.destroy();
      return closed(server);
    },
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
