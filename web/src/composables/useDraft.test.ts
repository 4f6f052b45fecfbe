import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, test } from 'vitest';
import { effectScope } from 'vue';
import { useSession } from '../stores/session.ts';
import { useDraft } from './useDraft.ts';

beforeEach(() => setActivePinia(createPinia()));

const fresh = () => ({ name: '', types: ['*'], auth: { token: '' } });

function open(name: string) {
  const scope = effectScope();
  const draft = scope.run(() => useDraft(name, fresh));
  if (!draft) throw new Error('The scope has ended');
  return { ...draft, close: () => scope.stop() };
}

const signIn = (keyId: string) => (useSession().me = { keyId, name: keyId, clientId: null, scopes: ['admin'] });

test('what was typed is there again when the form is opened again, until it is sent', () => {
  const first = open('webhook');
  expect([first.isTouched.value, first.isRestored.value]).toEqual([false, false]);
  first.form.name = 'Billing';
  first.form.auth.token = 'a-secret';
  first.close();
  const second = open('webhook');
  expect(second.form).toEqual({ name: 'Billing', types: ['*'], auth: { token: 'a-secret' } });
  expect([second.isTouched.value, second.isRestored.value]).toEqual([true, true]);
  expect(open('other').form).toEqual(fresh());
  second.settle();
  second.close();
  expect(open('webhook').form).toEqual(fresh());
});

test('what is made as it was, or thrown away, is forgotten', () => {
  const first = open('type');
  first.form.name = 'x';
  first.form.name = '';
  first.close();
  const second = open('type');
  expect(second.isRestored.value).toBe(false);
  second.form.name = 'y';
  second.startAnew();
  expect(second.form).toEqual(fresh());
  second.close();
  expect(open('type').isRestored.value).toBe(false);
});

test('somebody else does not see it', () => {
  signIn('one');
  open('webhook').form.name = 'Mine';
  signIn('two');
  expect(open('webhook').form.name).toBe('');
  signIn('one');
  expect(open('webhook').form.name).toBe('Mine');
});

test('nor do people who sign in without a key see it of each other', () => {
  const person = (userId: string) => (useSession().me = { userId, name: userId, clientId: null, scopes: ['admin'] });
  person('ann');
  open('webhook').form.name = 'Of Ann';
  person('ben');
  expect(open('webhook').form.name).toBe('');
});
