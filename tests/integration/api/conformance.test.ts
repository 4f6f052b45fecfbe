import { expect, it } from 'vitest';
import { presentProblem } from '../../../api/http/presentProblem.ts';
import { ApiProblem } from '../../../api/http/problem.ts';
import { checkAnswer, type LiveAnswer } from '../../support/conformance.ts';

const named = { 'x-request-id': 'r', 'content-type': 'application/json; charset=utf-8' };
const health: LiveAnswer = {
  method: 'GET',
  path: '/healthz',
  status: 200,
  text: '{"status":"ok"}',
  headers: new Headers(named),
};
const missing: LiveAnswer = {
  method: 'GET',
  path: '/api/events/x?y',
  status: 404,
  headers: new Headers({ ...named, 'content-type': 'application/problem+json' }),
  text: JSON.stringify(presentProblem(new ApiProblem('not_found', 'There is no such event.'), 'r')),
};

it('an answer as described passes the check that every test makes', () => {
  expect(() => checkAnswer(health)).not.toThrow();
  expect(() => checkAnswer(missing)).not.toThrow();
  expect(() => checkAnswer({ ...missing, path: '/api/nowhere' })).not.toThrow();
  expect(() => checkAnswer({ ...health, method: 'HEAD', text: '' })).not.toThrow();
});

it.each<[string, LiveAnswer]>([
  ['without a request id', { ...health, headers: new Headers({ 'content-type': 'application/json' }) }],
  ['of another status', { ...health, status: 202 }],
  ['of another type', { ...health, headers: new Headers({ ...named, 'content-type': 'text/plain' }) }],
  ['with a member too many', { ...health, text: '{"status":"ok","host":"db-1"}' }],
  ['without a member', { ...health, text: '{}' }],
  ['with a code that its call does not have', { ...missing, text: missing.text.replaceAll('not_found', 'conflict') }],
  ['that fails where nothing is described', { ...missing, path: '/nowhere', status: 500 }],
  ['with a body where none belongs', { ...health, method: 'DELETE', path: '/api/webhooks/x', status: 204, text: '{}' }],
])('an answer %s does not', (_, answer) => {
  expect(() => checkAnswer(answer)).toThrow('otherwise than described');
});
