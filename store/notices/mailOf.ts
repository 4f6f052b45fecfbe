import type { OperationalEventType } from '../../contract/operationalEvents.ts';
import type { OperationalPayload } from './notice.ts';

/** An operational event as mail: one line for the subject, what there is to know in the body, and where to look. */
export function mailOf(
  eventType: OperationalEventType,
  payload: OperationalPayload,
): { subject: string; body: string } {
  const { webhook, link } = payload;
  const of = webhook ? `${webhook.name} (${webhook.clientId})` : 'all webhooks';
  const [subject, ...lines] = wordsOf(eventType, of, payload);
  return { subject, body: [subject, ...lines, link].join('\n') };
}

function wordsOf(
  eventType: OperationalEventType,
  of: string,
  { health, delivery, batch, count }: OperationalPayload,
): [string, ...string[]] {
  switch (eventType) {
    case 'relay.webhook.down':
      return [
        `Down: ${of}`,
        `Since ${health?.since}: ${health?.lastError}`,
        'What it is owed is held and goes out when it is back.',
      ];
    case 'relay.webhook.recovered':
      return [`Back: ${of}`, `It was down since ${health?.since}; ${count ?? 0} held deliveries go out now.`];
    case 'relay.webhook.disabled':
      return [
        `Disabled: ${of}`,
        `Since ${health?.since}: ${health?.lastError}`,
        'Enable it, then recover what it missed.',
      ];
    case 'relay.delivery.failed':
      return [`${count ?? 1} failed: ${of}`, `The last one: ${delivery?.error?.message}`];
    case 'relay.batch.done':
      return [`Batch done: ${batch?.kind} of ${of}`, `${batch?.done} of ${batch?.total} done, ${batch?.failed} not.`];
  }
}
