import { NewEvent } from '../../../contract/events.ts';
import { toProblem } from '../../middlewares/toProblem.ts';
import { presentEvent } from '../../presenters/presentEvent.ts';
import { presentProblem } from '../../presenters/presentProblem.ts';
import { ApiProblem } from '../../problem.ts';
import type { ApiKeyIdentity } from '../../services/authenticator.ts';
import type { AppServices } from '../../services/index.ts';
import { judgeJson, splitItems } from '../../services/json/readJson.ts';
import { compileBody } from '../../services/validation/validate.ts';
import { acceptEvent } from './acceptEvent.ts';

const readEvent = compileBody(NewEvent);

/** Takes each event by itself: a bad one gets the status it would have got alone, and the rest go on (contract §3). */
export function acceptBatch(
  services: AppServices,
  identity: ApiKeyIdentity,
  requestId: string,
  items: unknown[],
  text: string,
): Promise<object[]> {
  const texts = splitItems(text);
  return Promise.all(
    items.map(async (item, index) => {
      const itemText = texts[index] ?? '';
      try {
        if (Buffer.byteLength(itemText) > services.config.MAX_EVENT_BYTES) {
          throw new ApiProblem(
            'payload_too_large',
            `The event is larger than ${services.config.MAX_EVENT_BYTES} bytes.`,
          );
        }
        const json = judgeJson(itemText, item);
        const { event, replayed } = await acceptEvent(services, identity, readEvent(item), json);
        return { status: replayed ? 200 : 202, event: presentEvent(event) };
      } catch (error) {
        const problem = toProblem(error);
        if (problem.code === 'internal_error')
          services.logger.error('An event of a batch failed', { requestId, error });
        return { status: problem.status, error: presentProblem(problem, requestId) };
      }
    }),
  );
}
