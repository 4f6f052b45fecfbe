import { styleText } from 'node:util';
import { applyEdits, format } from 'jsonc-parser';
import type { ReceivedRequest } from './createReceiver.ts';
import type { Reaction } from './reaction.ts';
import type { Seal } from './verifySignature.ts';

const MAX_SHOWN_BODY = 4096;

const SEALS: Record<Seal, string> = {
  right: '✓ verified',
  'other-secret': "✗ signed with another secret (another webhook's?)",
  stale: '✗ signed more than five minutes ago, or ahead',
  unsigned: '✗ not signed',
  forged: '✗ forged',
};

/**
 * A request in two lines for the terminal: when, where, what, how often, whether its signature is right and how it is
 * answered; then the body as it came.
 */
export function describeRequest(request: ReceivedRequest, reaction: Reaction, inColour: boolean): string {
  return `${headline(request, reaction, inColour)}\n  ${shown(request.body)}`;
}

/** The same with every header, and the body indented; its numbers and the order of its members stay as they came. */
export function describeInFull(request: ReceivedRequest, reaction: Reaction, inColour: boolean): string {
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${printable(String(value))}`);
  const { body } = request;
  const indented = applyEdits(body, format(body, undefined, { insertSpaces: true, tabSize: 2, eol: '\n' }));
  const lines = [...headers, '', ...shown(indented).split('\n')].map((line) => (line ? `  ${line}` : ''));
  return `${headline(request, reaction, inColour)}\n${lines.join('\n')}\n`;
}

function headline(request: ReceivedRequest, reaction: Reaction, inColour: boolean): string {
  const { at, path, headers, body, attempt, seal: found } = request;
  const colour = (style: 'green' | 'red' | 'yellow' | 'dim' | 'bold', text: string) =>
    inColour ? styleText(style, text, { validateStream: false }) : text;
  const seal = found === null ? colour('dim', 'unverified') : colour(found === 'right' ? 'green' : 'red', SEALS[found]);
  return [
    colour('dim', at.toISOString().slice(11, 23)),
    path,
    colour('bold', typeOf(body)),
    printable(String(headers['webhook-id'] ?? 'no webhook-id')),
    attempt > 1 ? colour('yellow', `attempt ${attempt}`) : `attempt ${attempt}`,
    seal,
    `→ ${colour(isFailure(reaction) ? 'red' : 'green', inWords(reaction))}`,
  ].join('  ');
}

function shown(body: string): string {
  return printable(
    body.length > MAX_SHOWN_BODY ? `${body.slice(0, MAX_SHOWN_BODY)}… (${body.length} characters)` : body,
  );
}

/** Reads the event's type without parsing the body, which may hold numbers that JSON.parse would change. */
function typeOf(body: string): string {
  return printable(/^\s*\{\s*"type"\s*:\s*"([^"\\]{0,128})"/.exec(body)?.[1] ?? 'no type');
}

function inWords({ status = 200, stallMs, dripMs, hangUp }: Reaction): string {
  const outcome = hangUp ? 'hangs up' : dripMs === undefined ? String(status) : `${status}, dripping`;
  return stallMs ? `${outcome}, after ${stallMs} ms` : outcome;
}

function isFailure({ status = 200, dripMs, hangUp }: Reaction): boolean {
  return hangUp === true || dripMs !== undefined || status >= 300;
}

/** Control characters from outside must not steer the terminal. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '\uFFFD');
}
