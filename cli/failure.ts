import { RelayProblem, UnexpectedAnswer } from '../client/index.ts';
import { hintFor } from './hints.ts';

/** A command could not do what it was asked; `hint` says what to do about it. */
export class CommandFailed extends Error {
  override name = 'CommandFailed';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** What went wrong and what to do, for stderr. Of a refusal: the problem's title, its detail, each wrong member, a hint. */
export function describeFailure(error: unknown): string {
  if (error instanceof RelayProblem) {
    const { title, detail } = error.problem;
    const members = error.errors.map(({ path, message }) => `  ${path} ${message}`);
    // Its detail is the first of them.
    const isRepeated = error.code === 'validation_failed' && members.length > 0;
    const said = isRepeated ? [] : [detail && `  ${detail}`];
    return lines(title, [...said, ...members, `  request ${error.requestId}`], hintFor(error));
  }
  if (error instanceof CommandFailed) return lines(error.message, [], error.hint);
  if (error instanceof UnexpectedAnswer) {
    return lines(error.message, [], 'Does --url, or RELAY_URL, name Relay itself, and not something before it?');
  }
  return lines(messageOf(error), [], null);
}

/** An error's message; its code where it has none, as when every address of a name refuses. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}

function lines(title: string, more: readonly string[], hint: string | null): string {
  return [`error: ${title}`, ...more.filter(Boolean), ...(hint ? [`  → ${hint}`] : [])].join('\n');
}
