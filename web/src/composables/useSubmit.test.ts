import { expect, test } from 'vitest';
import { problemOf } from '../testing/problemOf.ts';
import { useSubmit } from './useSubmit.ts';

test('what the API says against a form stays until it is sent well, or forgotten', async () => {
  const { error, isSending, submit, forget } = useSubmit();
  const refuse = () => Promise.reject(problemOf('validation_failed', 'No name.'));
  expect(await submit(refuse)).toBe(false);
  expect([error.value?.problem.detail, isSending.value]).toEqual(['No name.', false]);
  expect(await submit(() => Promise.resolve())).toBe(true);
  expect(error.value).toBe(null);
  await submit(refuse);
  forget();
  expect(error.value).toBe(null);
});

test('a fault of the page itself is not taken for an answer', async () => {
  const { error, isSending, submit } = useSubmit();
  await expect(submit(() => Promise.reject(new TypeError('broken')))).rejects.toThrow('broken');
  expect([error.value, isSending.value]).toEqual([null, false]);
});
