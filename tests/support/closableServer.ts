import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A server on 127.0.0.1 that can be closed, which breaks its connections, and opened again. */
export interface ClosableServer {
  /** Opens it; 0 takes a free port. Answers with the port. */
  listen(port: number): Promise<number>;
  close(): Promise<void>;
}

/** Passes every connection on to a port of this machine: a way to have something come up late, or go away. */
export function createForwarder(to: number): ClosableServer {
  return createClosableServer((incoming) => {
    const outgoing = connect(to, '127.0.0.1');
    outgoing.on('error', () => undefined).on('close', () => incoming.destroy());
    incoming.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing).pipe(incoming);
  });
}

/** Takes connections and never says a word, as a database does that is alive and overwhelmed. */
export function createSilence(): ClosableServer {
  return createClosableServer(() => undefined);
}

function createClosableServer(take: (socket: Socket) => void): ClosableServer {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    take(socket);
  });
  return {
    async listen(port) {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      return closed;
    },
  };
}
