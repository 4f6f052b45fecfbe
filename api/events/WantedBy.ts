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

/**
 * Which of the webhooks that match an event's type it is meant for, and which of these want it by their filters. Its payload is parsed only where one has a filter,
 * and what is decided is remembered instead of what was parsed, so that an event that waits for its turn stays small.
 */
export class WantedBy {
  readonly #event: JudgedEvent;
  readonly #decided = new Map<WebhookTarget, boolean>();

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
    for (const webhook of webhooks) {
      if (!webhook.matches) continue;
      if (this.#decided.size > 0) yield;
      this.#decided.set(webhook, webhook.matches(event));
    }
  }

  /** Those whose filters let it through; what was changed since it was decided on is judged as it is now. */
  among(webhooks: WebhookTarget[]): WebhookTarget[] {
    let event: FilteredEvent | undefined;
    return webhooks.filter((webhook) => {
      if (!webhook.matches) return true;
      return this.#decided.get(webhook) ?? webhook.matches((event ??= toFiltered(this.#event)));
    });
  }
}
