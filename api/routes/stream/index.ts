import { Type } from 'typebox';
import { ApiProblem } from '../../problem.ts';
import { hasScope } from '../../services/authenticator.ts';
import { SCOPE_OF } from '../../services/stream/changeLog.ts';
import { route, type Route } from '../route.ts';

const STREAM_DESCRIPTION =
  'Messages `event.created`, `delivery.updated`, `webhook.updated` and `reset`; resumed by the header Last-Event-ID';

export const streamRoutes: Route[] = [
  route({
    ...{
      method: 'GET',
      path: '/api/stream',
      access: 'any-key',
      tag: 'Operators',
      summary: 'Follow what happens, as server-sent events',
    },
    responses: { 200: Type.String({ contentMediaType: 'text/event-stream', description: STREAM_DESCRIPTION }) },
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
