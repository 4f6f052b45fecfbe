import { isDeepStrictEqual } from 'node:util';
import type { RelayClient } from '../../client/index.ts';
import type { ApiKey } from '../../contract/access.ts';
import type { EventType } from '../../contract/eventTypes.ts';
import type { Webhook } from '../../contract/webhooks.ts';
import type { Wanted } from './wanted.ts';

/** What a Relay has. */
export interface Present {
  webhooks: (Webhook & { externalId?: string | null })[];
  eventTypes: EventType[];
  keys: ApiKey[];
}

/** One thing to be done, or left. */
export interface Step {
  kind: 'webhook' | 'event type' | 'key';
  /** What it is known by. */
  name: string;
  does: 'create' | 'change' | 'delete' | 'keep' | 'differs';
  /** Members that are to become others, or what is to be known of it. */
  detail: string;
  /** Does it. Answers with what is shown this once, such as a secret; null when there is nothing. */
  run: (relay: RelayClient) => Promise<string | null>;
}

const nothing = (): Promise<null> => Promise.resolve(null);
/** A client's own default where a file names none. */
const DEFAULT_CLIENT = 'default-client';

/**
 * What brings a Relay from what it has to what is wanted. Members that the file does not name stay as they are.
 * @param ownClient the client of the key that asks; null when it is bound to none.
 * @param prune also deletes webhooks with an `externalId`, of clients that the file names, and event types, that it speaks of no more.
 */
export function planOf(wanted: Wanted, present: Present, ownClient: string | null, prune: boolean): Step[] {
  return [
    ...eventTypeSteps(wanted, present, prune),
    ...webhookSteps(wanted, present, ownClient ?? DEFAULT_CLIENT, prune),
    ...keySteps(wanted, present),
  ];
}

function webhookSteps(wanted: Wanted, present: Present, ownClient: string, prune: boolean): Step[] {
  if (!wanted.webhooks) return [];
  const kind = 'webhook';
  const met = new Set<string>();
  const clients = new Set(wanted.webhooks.map(({ clientId = ownClient }) => clientId));
  const steps = wanted.webhooks.map((webhook): Step => {
    const { id, secret, ...settings } = webhook;
    const { externalId, clientId = ownClient } = webhook;
    const before = present.webhooks.find((one) =>
      id === undefined ? one.externalId === externalId && one.clientId === clientId : one.id === id,
    );
    const name = `${clientId}/${externalId ?? id}`;
    if (!before) {
      const run: Step['run'] = async (relay) => {
        const made = await relay.createWebhook({ ...settings, ...(secret !== undefined && { secret }) });
        return secret === undefined ? `secret ${made.secret}` : null;
      };
      return { kind, name, does: 'create', detail: webhook.url, run };
    }
    met.add(before.id);
    const changes = changedMembers(settings, before);
    if (changes.length === 0) return { kind, name, does: 'keep', detail: '', run: nothing };
    const patch = Object.fromEntries(changes.map((member) => [member, settings[member as keyof typeof settings]]));
    const run: Step['run'] = async (relay) => {
      await relay.updateWebhook(before.id, patch);
      return null;
    };
    return { kind, name, does: 'change', detail: changes.join(', '), run };
  });
  const gone = prune
    ? present.webhooks.filter((one) => one.externalId && clients.has(one.clientId) && !met.has(one.id))
    : [];
  const deletions = gone.map(({ id, clientId, externalId, url }): Step => {
    const run: Step['run'] = (relay) => relay.deleteWebhook(id).then(() => null);
    return { kind, name: `${clientId}/${externalId}`, does: 'delete', detail: url, run };
  });
  return [...steps, ...deletions];
}

function eventTypeSteps(wanted: Wanted, present: Present, prune: boolean): Step[] {
  if (!wanted.eventTypes) return [];
  const kind = 'event type';
  const steps = wanted.eventTypes.map((type): Step => {
    const { name } = type;
    const before = present.eventTypes.find((one) => one.name === name);
    if (!before)
      return { kind, name, does: 'create', detail: '', run: (relay) => relay.createEventType(type).then(() => null) };
    const changes = changedMembers(type, before);
    if (changes.length === 0) return { kind, name, does: 'keep', detail: '', run: nothing };
    const { createdAt: _made, updatedAt: _changed, ...whole } = { ...before, ...type };
    const run: Step['run'] = (relay) => relay.replaceEventType(name, whole).then(() => null);
    return { kind, name, does: 'change', detail: changes.join(', '), run };
  });
  const names = wanted.eventTypes.map(({ name }) => name);
  const gone = prune ? present.eventTypes.filter(({ name }) => !names.includes(name)) : [];
  const deletions = gone.map(({ name }): Step => {
    return { kind, name, does: 'delete', detail: '', run: (relay) => relay.deleteEventType(name).then(() => null) };
  });
  return [...steps, ...deletions];
}

/** A key cannot be changed, and none is revoked by a file. */
function keySteps(wanted: Wanted, present: Present): Step[] {
  const kind = 'key';
  return (wanted.keys ?? []).map((key): Step => {
    const { name } = key;
    const before = present.keys.find((one) => one.name === name);
    if (!before) {
      const run: Step['run'] = async (relay) => `key ${(await relay.createKey(key)).key}`;
      return { kind, name, does: 'create', detail: key.scopes.join(' '), run };
    }
    const changes = changedMembers(
      { ...key, scopes: [...key.scopes].sort() },
      { ...before, scopes: [...before.scopes].sort() },
    );
    if (changes.length === 0) return { kind, name, does: 'keep', detail: '', run: nothing };
    const detail = `${changes.join(', ')}; a key cannot be changed: relay keys revoke ${before.id}, then apply again`;
    return { kind, name, does: 'differs', detail, run: nothing };
  });
}

/** The members of what is wanted that are not so. A retry policy may be named in part. */
function changedMembers(wanted: object, present: object): string[] {
  const before = new Map(Object.entries(present));
  return Object.entries(wanted).flatMap(([name, value]: [string, unknown]) => {
    const had: unknown = before.get(name);
    const isPart = name === 'retryPolicy' && isObject(value) && isObject(had);
    const whole = isPart ? { ...had, ...value } : value;
    return isDeepStrictEqual(whole, had) ? [] : [name];
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
