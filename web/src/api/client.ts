import { createSend } from '#client/send.ts';
import { fetchForPages } from './relay.ts';

/** The last form that calls by paths; it goes over to `relay`, and then this file goes. */
const send = createSend({ baseUrl: '', fetch: fetchForPages });
export const api = {
  post: <T>(path: string, body: unknown) => send<T>('POST', path, { body }),
  patch: <T>(path: string, body: unknown) => send<T>('PATCH', path, { body }),
};
export { RelayProblem as ApiError } from '#client/index.ts';
