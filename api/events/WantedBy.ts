import type { WebhookTarget } from '../../activities/ports.ts';
import { toFiltered, type FilteredEvent } from '../../contract/filter/compileFilter.ts';
import type { Work } from '../turns/LoopTurns.ts';

interface JudgedEvent {
  id: string;
  clientId: string;
  eventType: string;
  /** The payload's JSON text. */
  payload: string;
  tags: Record<string, string> | null;
  /** The only webhooks that it is meant for; null for all. */
  webhookIds: string[] | null;
}

/** Characters of a payload that takes a millisecond or more to be parsed. */
const LARGE = 16_384;
/** So long filters are asked at one go, in ms: a hundred usual ones take a tenth of it, and who waits for a turn waits for many. */
const BRIEF_MS = 0.5;
/** Filters between two looks at the clock, which takes as long as one of them; a few milliseconds each at the very most. */
const AT_ONCE = 4;

/**
 * Which of the webhooks that match an event's type it is meant for, and which of these want it by their filters. Its payload is parsed only where one has a filter,
 * and what is decided is remembered instead of what was parsed, so that an event that waits for its turn stays small.
 */
export class WantedBy {
  readonly #event: JudgedEvent;
  /** Who was decided on, and who of them wants it. */
  #asked: WebhookTarget[] = [];
  #wanting: WebhookTarget[] = [];

  constructor(event: JudgedEvent) {
    this.#event = event;
  }

  /** Those that it is meant for. */
  meantFor(webhooks: WebhookTarget[]): WebhookTarget[] {
    const { webhookIds } = this.#event;
    return webhookIds ? webhooks.filter(({ id }) => webhookIds.includes(id)) : webhooks;
  }

  /** Decides on their filters ahead of time, in turns. */
  *decide(webhooks: WebhookTarget[]): Work<void> {
    if (this.#event.payload.length > LARGE) yield;
    const event = toFiltered(this.#event);
    const wanting: WebhookTarget[] = [];
    for (let judged = 0; judged < webhooks.length;) {
      if (judged > 0) yield;
      judged = judgeBriefly(event, webhooks, judged, wanting);
    }
    this.#asked = webhooks;
    this.#wanting = wanting;
  }

  /** Those whose filters let it through; what was changed since it was decided on is judged as it is now. */
  among(webhooks: WebhookTarget[]): WebhookTarget[] {
    // The same list for as long as nothing was changed (WebhookDirectory).
    if (webhooks === this.#asked) return this.#wanting;
    let event: FilteredEvent | undefined;
    return webhooks.filter((webhook) => {
      if (!webhook.matches) return true;
      if (this.#asked.includes(webhook)) return this.#wanting.includes(webhook);
      return webhook.matches((event ??= toFiltered(this.#event)));
    });
  }
}

/**
 * Asks the filters of webhooks from the one at `from` on for a moment. No generator, in which a loop takes twice as long.
 * @param wanting gets who wants the event. @returns where to go on.
 */
function judgeBriefly(event: FilteredEvent, webhooks: WebhookTarget[], from: number, wanting: WebhookTarget[]): number {
  const until = performance.now() + BRIEF_MS;
  let judged = from;
  do {
    for (const webhook of webhooks.slice(judged, judged + AT_ONCE)) {
      if (!webhook.matches || webhook.matches(event)) wanting.push(webhook);
    }
    judged += AT_ONCE;
  } while (judged < webhooks.length && performance.now() < until);
  return judged;
}
