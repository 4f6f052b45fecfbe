import { connect, createServer } from 'node:net';

/** The interface everything embedded listens on: never reachable from another machine. */
export const LOOPBACK = '127.0.0.1';

/** A port we were told to use is taken; the message names the port and the environment variable that chooses another. */
export class PortBusyError extends Error {
  override name = 'PortBusyError';
  readonly port: number;
  /** The environment variable that chooses another port. */
  readonly variable: string;

  /** `service` is what wanted the port, as a person would say it: "PostgreSQL". */
  constructor(service: string, port: number, variable: string) {
    super(
      `Port ${port} for ${service} is already in use. Stop what is using it, or choose another with ${variable}=<port>.`,
    );
    this.port = port;
    this.variable = variable;
  }
}

/** The environment variables that choose the ports of the embedded servers and the API. */
export const PORT_VARIABLES = {
  api: 'PORT',
  postgres: 'POSTGRES_PORT',
  temporal: 'TEMPORAL_PORT',
  temporalUi: 'TEMPORAL_UI_PORT',
} as const;

/** Whether `port` can be listened on. Asks twice: some systems let a narrow address be bound beside a listener on all of them. */
export async function isPortFree(port: number, host: string = LOOPBACK): Promise<boolean> {
  return (await canListen(port, host)) && !(await answers(port, host));
}

/** @throws {PortBusyError} when something else listens on `port`. */
export async function assertPortFree(port: number, service: string, variable: string): Promise<void> {
  if (!(await isPortFree(port))) throw new PortBusyError(service, port, variable);
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
