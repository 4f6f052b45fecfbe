import { describe, expect, it } from 'vitest';
import { webhookBody } from './webhookBody.ts';

const event = {
  eventId: '0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10',
  eventType: 'order.paid',
  clientId: 'acme',
  createdAt: new Date('2026-01-31T12:00:00.000Z'),
  payload: '{"z":1.0, "a":12345678901234567890,"t":"<a&b>"}',
};
const url = 'https://relay.example';
const time = '"2026-01-31T12:00:00.000Z"';

describe('webhookBody', () => {
  it('keeps the payload’s text in every format that has it', () => {
    expect(webhookBody(event, 'standard', url)).toBe(
      `{"type":"order.paid","timestamp":${time},"data":${event.payload}}`,
    );
    expect(webhookBody(event, 'payload', url)).toBe(event.payload);
    expect(webhookBody(event, 'cloudevents', url)).toBe(
      `{"specversion":"1.0","id":"${event.eventId}","source":"urn:relay:client:acme","type":"order.paid","time":${time},` +
        `"datacontenttype":"application/json","data":${event.payload}}`,
    );
  });

  it('says in a thin one where the event can be read', () => {
    const data = { id: event.eventId, link: `${url}/api/events/${event.eventId}` };
    expect(webhookBody(event, 'thin', url)).toBe(
      `{"type":"order.paid","timestamp":${time},"data":${JSON.stringify(data)}}`,
    );
  });

  it('is a message in Slack, of bounded length', () => {
    const text = (given: object) =>
      (JSON.parse(webhookBody({ ...event, ...given }, 'slack', url)) as { text: string }).text;
    expect(text({})).toBe('*order.paid*\n```{"z":1.0, "a":12345678901234567890,"t":"&lt;a&amp;b&gt;"}```');
    expect(text({ payload: JSON.stringify({ a: 'x'.repeat(10_000) }) }).length).toBeLessThan(3000);
    const webhook = { id: 'w', name: 'Billing & co', clientId: 'acme' };
    const down = {
      eventType: 'relay.webhook.down',
      payload: JSON.stringify({ webhook, link: 'https://relay.example/w' }),
    };
    expect(text(down)).toBe('*relay.webhook.down* Billing &amp; co (acme)\nhttps://relay.example/w');
    expect(text({ ...down, payload: '{}' })).toBe('*relay.webhook.down*\n```{}```');
  });
});
