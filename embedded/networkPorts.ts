import { isPortFree } from '../ops/freePorts.ts';
import { portHolder } from './portHolder.ts';

/** A port we were told to use is taken; the message names the port and the environment variable that chooses another. */
export class PortBusyError extends Error {
  override name = 'PortBusyError';
  readonly port: number;
  /** The environment variable that chooses another port. */
  readonly variable: string;

  /**
   * @param service what wanted the port, as a person would say it: "PostgreSQL"
   * @param holder who has it; null when that cannot be seen
   */
  constructor(service: string, port: number, variable: string, holder: string | null) {
    const [by, it] = holder === null ? ['', 'what is using it'] : [` by ${holder}`, 'that'];
    super(`Port ${port} for ${service} is already in use${by}. Stop ${it}, or choose another with ${variable}=<port>.`);
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

/** @throws {PortBusyError} when something else listens on `port`. */
export async function assertPortFree(port: number, service: string, variable: string): Promise<void> {
  if (!(await isPortFree(port))) throw new PortBusyError(service, port, variable, await portHolder(port));
}
