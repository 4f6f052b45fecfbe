import type { ApiKeyIdentity } from './caller.ts';

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
}
