import type { StreamEvent } from '#contract/stream.ts';

const KINDS: StreamEvent[] = ['event.created', 'delivery.updated', 'webhook.updated', 'reset'];
/** A connection that the browser has given up is opened anew after so many ms. */
const RETRY_MS = 5000;

/** `live` while messages come; what came before may be lost until then. */
type StreamState = 'connecting' | 'live';

interface StreamListener {
  onState: (state: StreamState) => void;
  /** @param data the message's JSON. */
  onMessage: (kind: StreamEvent, data: string) => void;
}

/** What tabs tell each other: the one that has the connection what comes by it, another that it wants to know the state. */
type Told = { ask: true } | { state: StreamState } | { kind: StreamEvent; data: string };

/**
 * Follows the stream by one connection for all tabs of a browser, which opens six to a host: the tab that holds a lock (Web Locks) has
 * it and tells the others (BroadcastChannel); when it is closed, the next one gets the lock. Where a browser has no locks, as by
 * plain HTTP from another machine, each tab has a connection of its own while it is seen.
 * @param name of who is signed in: only their tabs share.
 * @returns how to stop.
 */
export function followSharedStream(name: string, listener: StreamListener): () => void {
  return 'locks' in navigator ? shareAmongTabs(`relay-live:${name}`, listener) : followWhileSeen(listener);
}

function shareAmongTabs(name: string, listener: StreamListener): () => void {
  const channel = new BroadcastChannel(name);
  const ending = new AbortController();
  let state: StreamState = 'connecting';
  let isLeading = false;
  let hasHeard = false;
  const tell = (told: Told): void => channel.postMessage(told);

  channel.onmessage = ({ data: told }: MessageEvent<Told>) => {
    if ('ask' in told) {
      if (isLeading) tell({ state });
      return;
    }
    hasHeard = true;
    if ('state' in told) listener.onState(told.state);
    else listener.onMessage(told.kind, told.data);
  };
  tell({ ask: true });

  const lead = (): Promise<void> =>
    new Promise((resolve) => {
      isLeading = true;
      const close = openStream({
        onState(now) {
          // What came between two tabs' connections is not repeated.
          if (now === 'live' && hasHeard) listener.onMessage('reset', '{}');
          if (now === 'live') hasHeard = false;
          state = now;
          listener.onState(now);
          tell({ state });
        },
        onMessage(kind, data) {
          listener.onMessage(kind, data);
          tell({ kind, data });
        },
      });
      ending.signal.addEventListener('abort', () => {
        close();
        resolve();
      });
    });
  navigator.locks.request(name, { signal: ending.signal }, lead).catch(() => undefined);
  return () => {
    ending.abort();
    channel.close();
  };
}

function followWhileSeen(listener: StreamListener): () => void {
  let close: (() => void) | null = null;
  let wasOpen = false;
  const follow = (): void => {
    if (document.visibilityState === 'hidden') {
      close?.();
      close = null;
    } else if (!close) {
      close = openStream(listener);
      // What came while nobody saw the page is not repeated.
      if (wasOpen) listener.onMessage('reset', '{}');
      wasOpen = true;
    }
  };
  document.addEventListener('visibilitychange', follow);
  follow();
  return () => {
    document.removeEventListener('visibilitychange', follow);
    close?.();
  };
}

/** A connection of its own. The browser comes back by itself after a lost one, and resumes where it was. */
function openStream({ onState, onMessage }: StreamListener): () => void {
  let source: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;

  function open(): void {
    const opened = new EventSource('/api/stream');
    source = opened;
    onState('connecting');
    opened.onopen = () => onState('live');
    opened.onerror = () => {
      onState('connecting');
      // Closed for good by the browser, as after an answer other than 200.
      if (opened.readyState !== EventSource.CLOSED) return;
      opened.close();
      retry = setTimeout(open, RETRY_MS);
    };
    for (const kind of KINDS) {
      opened.addEventListener(kind, ({ data }: MessageEvent<string>) => onMessage(kind, data));
    }
  }

  open();
  return () => {
    clearTimeout(retry);
    source?.close();
  };
}
