import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A server on 127.0.0.1 that can be closed, which breaks its connections, and opened again. */
export interface ClosableServer {
  /** Opens it; 0 takes a free port. Answers with the port. */
  listen(port: number): Promise<number>;
  close(): Promise<void>;
}

export interface Forwarder extends ClosableServer {
  /** From now on nothing passes, either way, and nothing is closed: a network that stands still. */
  freeze(): void;
  thaw(): void;
}

/** Passes every connection on to a port of this machine: a way to have something come up late, stand still, or go away. */
export function createForwarder(to: number): Forwarder {
  const pairs = new Set<[Socket, Socket]>();
  let isFrozen = false;
  const flow = ([one, other]: [Socket, Socket]) => one.pipe(other).pipe(one);
  const server = createClosableServer((incoming) => {
    const outgoing = connect(to, '127.0.0.1');
    const pair: [Socket, Socket] = [incoming, outgoing];
    pairs.add(pair);
    outgoing.on('error', () => undefined).on('close', () => incoming.destroy());
    incoming.on('close', () => {
      pairs.delete(pair);
      outgoing.destroy();
    });
    if (!isFrozen) flow(pair);
  });
  return {
    ...server,
    freeze() {
      isFrozen = true;
      for (const [one, other] of pairs) {
        one.unpipe(other);
        other.unpipe(one);
      }
    },
    thaw() {
      isFrozen = false;
      for (const pair of pairs) flow(pair);
    },
  };
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
