/** How one request is answered. */
export interface Reaction {
  /** Default 200. */
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Waits this long before it answers, in milliseconds. */
  stallMs?: number;
  /** After the headers, sends a byte every so many milliseconds, without end. */
  dripMs?: number;
  /** Closes the connection without an answer. */
  hangUp?: boolean;
}

/** Ways of failing that hold for every request whose path asks for nothing else. */
export interface Behaviour {
  /** Fails the first so many requests of each webhook. */
  fail?: number;
  /** Fails this share of the requests at random, 0 to 1. */
  rate?: number;
  /** The status of a failure, default 500; alone, without `fail` and `rate`, that of every answer. */
  status?: number;
  stallMs?: number;
  dripMs?: number;
  hangUp?: boolean;
}

/** The behaviours by the names they have in paths and options. */
const BY_NAME: Record<string, (value: number) => Behaviour | null> = {
  status: (status) => (isStatus(status) ? { status } : null),
  fail: (fail) => (isCount(fail) ? { fail } : null),
  rate: (rate) => (rate >= 0 && rate <= 1 ? { rate } : null),
  stall: (stallMs) => (isCount(stallMs) ? { stallMs } : null),
  drip: (dripMs) => (isCount(dripMs) ? { dripMs } : null),
};

/**
 * The behaviour a path asks for: `/status/503`, `/fail/2`, `/rate/0.1`, `/stall/5000`, `/drip/100`, `/hangup`, or several
 * after each other, as in `/fail/2/status/429`. Null when it asks for none, `'invalid'` when it asks badly.
 */
export function behaviourOf(path: string): Behaviour | 'invalid' | null {
  const words = path.split('?')[0]?.split('/').filter(Boolean) ?? [];
  const behaviour: Behaviour = {};
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === 'hangup') behaviour.hangUp = true;
    else if (Object.hasOwn(BY_NAME, word)) {
      const part = parseBehaviour(word, words.shift());
      if (part === null) return 'invalid';
      Object.assign(behaviour, part);
    }
  }
  return Object.keys(behaviour).length > 0 ? behaviour : null;
}

/** One behaviour from its name and the text of its value; null when the value does not fit. */
export function parseBehaviour(name: string, value: string | undefined): Behaviour | null {
  return (value && BY_NAME[name]?.(Number(value))) || null;
}

/**
 * What a behaviour means for the given attempt.
 * @param chance a number in [0, 1) that decides random failures
 */
export function react(behaviour: Behaviour, attempt: number, chance: number): Reaction {
  const { fail, rate, status, hangUp, ...pace } = behaviour;
  const always = fail === undefined && rate === undefined && (status !== undefined || hangUp === true);
  const fails = always || attempt <= (fail ?? 0) || chance < (rate ?? 0);
  if (!fails) return pace;
  return hangUp ? { ...pace, hangUp } : { ...pace, status: status ?? 500 };
}

const isStatus = (value: number) => Number.isInteger(value) && value >= 200 && value <= 599;
const isCount = (value: number) => Number.isInteger(value) && value >= 0 && value <= 2 ** 31 - 1;
