import { Type, type Static } from 'typebox';
import { EventTypeName, listParameters, Nullable, Page, Strict, Timestamp } from './primitives.ts';

/** A JSON Schema of the dialect 2020-12, for payloads. */
export const PayloadSchema = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  description: 'JSON Schema 2020-12; references stay within it, patterns are of RE2 syntax',
  examples: [{ type: 'object', required: ['jobId'], properties: { jobId: { type: 'string' } } }],
});

export type PayloadSchema = Static<typeof PayloadSchema>;

const settings = {
  description: Type.Optional(Type.String({ maxLength: 2000, examples: ['A job was accepted'] })),
  schema: Type.Optional(Nullable(PayloadSchema)),
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
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { title: 'EventType' },
);
export type EventType = Static<typeof EventType>;

export const EventTypePage = Page(EventType, { title: 'EventTypePage' });
export const EventTypeListQuery = Strict(listParameters);
export type EventTypeListQuery = Static<typeof EventTypeListQuery>;
