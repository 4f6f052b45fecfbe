import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Calls `done` once, when an answer has been taken or its connection is over. An answer that waits behind another on its
 * connection hears of the end from the connection alone.
 */
export function whenAnswered({ req, res }: { req: IncomingMessage; res: ServerResponse }, done: () => void): void {
  const { socket } = req;
  if (res.closed || socket.destroyed) {
    done();
    return;
  }
  const end = (): void => {
    res.off('close', end);
    socket.off('close', end);
    done();
  };
  res.once('close', end);
  // One for each request that waits on this connection, however many these are.
  socket.setMaxListeners(0).once('close', end);
}
