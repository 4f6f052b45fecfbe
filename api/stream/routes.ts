import { Type } from 'typebox';
import { ApiProblem } from '../http/problem.ts';
import { hasScope } from '../http/caller.ts';
import type { StreamHub } from './StreamHub.ts';
import { SCOPE_OF } from './changeLog.ts';
import { route, type Route } from '../http/route.ts';

export interface StreamServices {
  stream: { open: StreamHub['open'] };
}

export const streamRoutes: Route<StreamServices>[] = [
  route({
    method: 'GET',
    path: '/api/stream',
    access: 'any-key',
    waitsElsewhere: true,
    tag: 'Operators',
    summary: 'Follow what happens, as server-sent events',
    operationId: 'openStream',
    description:
      'The messages `event.created` (the event without its payload), `delivery.updated` and `webhook.updated`, as far as the read scopes of the key allow. A webhook that was deleted is told of once more, not active and with the `disabledReason` `Deleted`. A `reset` says that something may have been missed: read again.',
    requestHeaders: {
      'Last-Event-ID': Type.String({ description: 'Goes on after this message; at least five minutes are kept.' }),
    },
    responses: { 200: Type.String({ contentMediaType: 'text/event-stream' }) },
    handle({ stream }, { identity, header, isStillValid }) {
      const scopes = Object.values(SCOPE_OF);
      if (!scopes.some((scope) => hasScope(identity, scope))) {
        throw new ApiProblem('forbidden', `The API key needs one of the scopes ${scopes.join(', ')}.`);
      }
      const body = stream.open({ identity, lastEventId: header('last-event-id'), isValid: isStillValid });
      return { status: 200, body, headers: { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' } };
    },
  }),
];
