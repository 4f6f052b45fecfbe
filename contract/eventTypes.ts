import { Type, type Static } from 'typebox';
import { EventTypeName, listParameters, Nullable, Page, Strict, Timestamp } from './primitives.ts';

/** A JSON Schema of the dialect 2020-12, for payloads. */
export const PayloadSchema = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  // Said in full, since without it some generators of clients take it for an object that must be empty.
  additionalProperties: true,
  description: 'JSON Schema 2020-12; references stay within it, patterns are of RE2 syntax',
  examples: [{ type: 'object', required: ['jobId'], properties: { jobId: { type: 'string' } } }],
});

export type PayloadSchema = Static<typeof PayloadSchema>;

const retention = {
  eraseWhenDelivered: Type.Boolean({
    description:
      'whether the payload of an event, and what receivers answered, is erased as soon as every delivery was made; of events posted from then on',
    examples: [false],
  }),
  payloadRetentionDays: Nullable(
    Type.Integer({
      minimum: 1,
      maximum: 36_500,
      description: 'after so many days it is erased whatever became of it; what is still to be delivered is cancelled',
    }),
    { description: 'null for as long as the event', examples: [null] },
  ),
};

/** How long payloads are kept. */
export type PayloadRetention = Pick<EventType, keyof typeof retention>;

const settings = {
  description: Type.Optional(Type.String({ maxLength: 2000, examples: ['A job was accepted'] })),
  schema: Type.Optional(Nullable(PayloadSchema)),
  eraseWhenDelivered: Type.Optional(retention.eraseWhenDelivered),
  payloadRetentionDays: Type.Optional(retention.payloadRetentionDays),
};

export const EventTypeInput = Strict({ name: EventTypeName, ...settings }, { title: 'EventTypeInput' });
export type EventTypeInput = Static<typeof EventTypeInput>;

/** The whole of an event type; its name may be repeated, not changed, and its times may be sent back as they were read. */
export const EventTypeReplacement = Strict(
  {
    name: Type.Optional(EventTypeName),
    ...settings,
    createdAt: Type.Optional(Type.String({ ...Timestamp, readOnly: true })),
    updatedAt: Type.Optional(Type.String({ ...Timestamp, readOnly: true })),
  },
  {
    title: 'EventTypeReplacement',
    examples: [{ description: 'A job was accepted', schema: { type: 'object', required: ['jobId'] } }],
  },
);
export type EventTypeReplacement = Static<typeof EventTypeReplacement>;

export const EventType = Type.Object(
  {
    name: EventTypeName,
    description: Type.String({ examples: ['A job was accepted'] }),
    schema: Nullable(PayloadSchema),
    ...retention,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { title: 'EventType' },
);
export type EventType = Static<typeof EventType>;

export const EventTypePage = Page(EventType, { title: 'EventTypePage' });
export const EventTypeListQuery = Strict(listParameters);
export type EventTypeListQuery = Static<typeof EventTypeListQuery>;
