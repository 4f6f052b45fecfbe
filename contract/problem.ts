import { Type, type Static } from 'typebox';
import { OneOf } from './primitives.ts';

/** Every stable error code with its HTTP status and title; the table that docs and OpenAPI are made from. */
export const PROBLEMS = {
  invalid_json: { status: 400, title: 'The body is not valid JSON' },
  validation_failed: { status: 400, title: 'The request is not valid' },
  target_not_allowed: { status: 400, title: 'Relay may not send to this address' },
  malformed_request: { status: 400, title: 'The request is not valid HTTP' },
  unauthorized: { status: 401, title: 'A valid API key is needed' },
  forbidden: { status: 403, title: 'The API key does not cover this' },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'This path does not take that method' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  conflict: { status: 409, title: 'The request conflicts with what exists' },
  limit_reached: { status: 409, title: 'There is no room for another' },
  idempotency_conflict: { status: 409, title: 'The idempotency key was used for other content' },
  not_retryable: { status: 409, title: 'The delivery cannot be retried now' },
  not_cancellable: { status: 409, title: 'The delivery is finished' },
  webhook_healthy: { status: 409, title: 'There is nothing to try' },
  webhook_disabled: { status: 409, title: 'The webhook is not active' },
  payload_erased: { status: 409, title: 'The payload was taken out for good' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body is encoded in a way Relay does not read' },
  payload_invalid: { status: 422, title: 'The payload does not fit its event type' },
  payload_too_complex: { status: 422, title: 'The payload takes too long to check' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'Relay cannot do this right now' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

export const FieldError = Type.Object(
  {
    path: Type.String({ description: 'where, as a JSON Pointer into the body or the name of a parameter or header' }),
    message: Type.String(),
  },
  { title: 'FieldError', examples: [{ path: '/eventType', message: 'is required' }] },
);
export type FieldError = Static<typeof FieldError>;

/** RFC 9457 problem details, as every error is answered. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'a URN made from the code', examples: ['urn:relay:problem:validation_failed'] }),
    title: Type.String({ description: 'the same for each problem of this code' }),
    status: Type.Integer({ minimum: 400, maximum: 599, description: 'the HTTP status' }),
    detail: Type.String({ description: 'what happened this time, for people' }),
    code: OneOf(Object.keys(PROBLEMS) as ProblemCode[], { description: 'stable; made for programs to decide by' }),
    requestId: Type.String({ description: 'as in the header X-Request-Id' }),
    errors: Type.Optional(Type.Array(FieldError, { description: 'each member of the request that is wrong' })),
  },
  {
    title: 'Problem',
    description: 'What went wrong, as RFC 9457 has it.',
    examples: [
      {
        type: 'urn:relay:problem:validation_failed',
        title: 'The request is not valid',
        status: 400,
        detail: '/eventType is required',
        code: 'validation_failed',
        requestId: '5f0c2a1e-8d0b-4a55-9f0e-2f6a3a0b7c11',
        errors: [{ path: '/eventType', message: 'is required' }],
      },
    ],
  },
);
export type Problem = Static<typeof Problem>;
