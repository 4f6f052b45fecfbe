import type { BodyFormat } from '../contract/bodyFormats.ts';
import type { DeliveryJob } from './ports.ts';

/** What a body is made of. */
export interface EventToSend extends Pick<DeliveryJob, 'eventId' | 'eventType' | 'createdAt' | 'payload'> {
  clientId: string;
}

const JSON_TYPE = 'application/json';

/** What the body of a format is. */
export function contentTypeOf(format: BodyFormat): string {
  return format === 'cloudevents' ? 'application/cloudevents+json' : JSON_TYPE;
}

/**
 * The body of every attempt of a delivery (docs/CONTRACT.md §6, §11). The payload's text is put in as it was sent, so that numbers
 * beyond 2^53 and the order of keys survive, and every attempt is byte-identical.
 * @param publicUrl where receivers reach Relay's API, for links.
 */
export function webhookBody(event: EventToSend, format: BodyFormat, publicUrl: string): string {
  const { eventId, eventType, clientId, payload } = event;
  const type = JSON.stringify(eventType);
  const time = event.createdAt.toISOString();
  switch (format) {
    case 'standard':
      return `{"type":${type},"timestamp":"${time}","data":${payload}}`;
    case 'payload':
      return payload;
    case 'thin': {
      const data = JSON.stringify({ id: eventId, link: `${publicUrl}/api/events/${eventId}` });
      return `{"type":${type},"timestamp":"${time}","data":${data}}`;
    }
    case 'cloudevents': {
      // https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
      const head = `{"specversion":"1.0","id":"${eventId}","source":"urn:relay:client:${clientId}","type":${type},"time":"${time}"`;
      return `${head},"datacontenttype":"${JSON_TYPE}","data":${payload}}`;
    }
    case 'slack':
      return JSON.stringify({ text: slackText(event) });
  }
}

/** A section of a Slack message has at most 3,000 characters. */
const MAX_SHOWN = 2_500;

/** The type, and the payload as code; of Relay's own events what a person wants to know. */
function slackText({ eventType, payload }: EventToSend): string {
  const [name, link] = eventType.startsWith('relay.') ? subjectOf(payload) : [];
  if (name !== undefined) return escaped(`*${eventType}* ${name}`) + (link === undefined ? '' : `\n${escaped(link)}`);
  const shown = payload.length > MAX_SHOWN ? `${payload.slice(0, MAX_SHOWN)} …` : payload;
  return `*${escaped(eventType)}*\n\`\`\`${escaped(shown)}\`\`\``;
}

/** Whom an event of Relay's own is about, and where to look. */
function subjectOf(payload: string): string[] {
  const { webhook, link } = JSON.parse(payload) as { webhook?: { name?: unknown; clientId?: unknown }; link?: unknown };
  if (typeof webhook?.name !== 'string') return [];
  const name = `${webhook.name} (${String(webhook.clientId)})`;
  return typeof link === 'string' ? [name, link] : [name];
}

/** The three characters that Slack reads as its own (https://api.slack.com/reference/surfaces/formatting#escaping). */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
