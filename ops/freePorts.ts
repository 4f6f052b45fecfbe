import { connect, createServer } from 'node:net';

/** The interface that only this machine reaches. */
export const LOOPBACK = '127.0.0.1';

/** Whether `port` can be listened on. Asks twice: some systems let a narrow address be bound beside a listener on all of them. */
export async function isPortFree(port: number, host: string = LOOPBACK): Promise<boolean> {
  return (await canListen(port, host)) && !(await answers(port, host));
}

/**
 * `count` different ports that are free now. They lie below the range systems take outgoing connections' ports from
 * (32768 up on Linux, 49152 up elsewhere), so that no connection made in the meantime can take one.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries > 50 * count) throw new Error(`No ${count} free ports between 20000 and 32000 on ${LOOPBACK}.`);
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (!found.has(port) && (await isPortFree(port))) found.add(port);
  }
  return [...found];
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Whether something accepts connections on `port`. */
export function answers(port: number, host: string = LOOPBACK): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: host === '0.0.0.0' ? LOOPBACK : host });
    const settle = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(500, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
