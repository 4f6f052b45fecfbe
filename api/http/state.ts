import type { ParameterizedContext } from 'koa';
import type { ApiKeyIdentity } from './caller.ts';
import { networkOf } from './callerAddress.ts';

/** What is known of a request on its way through the middlewares (`ctx.state`). */
export interface RequestState {
  requestId: string;
  /** The trace context of the request (W3C); null when it belongs to no trace. */
  traceparent: string | null;
  /** Who is calling; null where no key is needed. */
  identity: ApiKeyIdentity | null;
  /** Whether a dashboard's cookie stands for the key. */
  bySession: boolean;
  /** Whether the key or session, looked at again, still holds. */
  isStillValid: () => Promise<boolean>;
  /** Counts so many more requests against the key's limit than this one. @throws ApiProblem `rate_limited` */
  countMore: (requests: number) => Promise<void>;
}

/** Whom the memory that a request takes is counted for: its key, else the address that it came from. */
export function payerOf({ state, ip }: Pick<ParameterizedContext<RequestState>, 'state' | 'ip'>): string {
  return state.identity ? `key:${state.identity.keyId}` : `ip:${networkOf(ip)}`;
}
