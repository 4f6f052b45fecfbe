import { expect, test } from 'vitest';
import { sentBody } from './sentRequest.ts';

test('the body is shown as it is sent: numbers keep their spelling and members their order', () => {
  const event = '{"id":"1","payload":{"z":1.50,"a":12345678901234567890},"createdAt":"2026-01-01T00:00:00.000Z"}';
  expect(sentBody('job.done', event)).toBe(
    '{"type":"job.done","timestamp":"2026-01-01T00:00:00.000Z","data":{"z":1.50,"a":12345678901234567890}}',
  );
});
