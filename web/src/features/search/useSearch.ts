import { onScopeDispose, ref, shallowRef, watch } from 'vue';
import { RelayProblem } from '#client/index.ts';
import type { SearchHit, SearchQuery, SearchResult } from '#contract/search.ts';
import { UUID_PATTERN } from '#contract/uuidPattern.ts';

/** How long nothing is typed before it is searched for, in ms. */
const PAUSE_MS = 180;
/** How often one wish to look further back is followed while nothing more is found. */
const MOST_ROUNDS = 20;
const UUID = new RegExp(`^${UUID_PATTERN}$`);

export type Look = (query: SearchQuery, signal?: AbortSignal) => Promise<SearchResult>;

/**
 * What is found for a text as it is typed. Only the newest text counts: the search for the one before is ended. An id that was pasted is
 * searched for at once.
 */
export function useSearch(look: Look) {
  const text = ref('');
  const hits = shallowRef<SearchHit[]>([]);
  const error = shallowRef<RelayProblem | null>(null);
  /** How far payloads were looked through, and where to look on; null before the first answer to this text. */
  const reach = shallowRef<Omit<SearchResult, 'data'> | null>(null);
  /** What is shown is not yet what was typed. */
  const isPending = ref(false);
  const isLookingFurther = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | undefined;

  function stop(): void {
    clearTimeout(timer);
    asking?.abort();
    asking = undefined;
    isLookingFurther.value = false;
  }

  /** What is searched for: blanks around it, and characters that no text has, say nothing. */
  const wanted = (): string => text.value.replace(/\p{Cc}+/gu, ' ').trim();

  /** Null when it failed, undefined when it was ended: something else is asked then, or nothing. */
  async function ask(query: SearchQuery): Promise<SearchResult | null | undefined> {
    const mine = new AbortController();
    asking = mine;
    try {
      const result = await look(query, mine.signal);
      return mine.signal.aborted ? undefined : result;
    } catch (caught) {
      if (mine.signal.aborted) return undefined;
      if (!(caught instanceof RelayProblem)) throw caught;
      error.value = caught;
      return null;
    } finally {
      if (asking === mine) asking = undefined;
    }
  }

  /** Searches for what is typed now, if that is not done already. */
  async function now(): Promise<void> {
    const q = wanted();
    if (asking || !q) return;
    clearTimeout(timer);
    isPending.value = true;
    error.value = null;
    const result = await ask({ q });
    if (result === undefined) return;
    isPending.value = false;
    const { data, ...rest } = result ?? { data: [] };
    hits.value = data;
    reach.value = 'isComplete' in rest ? rest : null;
  }

  /** Looks further back through payloads until something more is found, or nothing is left, or it has looked for long enough. */
  async function lookFurther(): Promise<void> {
    const q = wanted();
    isLookingFurther.value = true;
    error.value = null;
    for (let round = 0; round < MOST_ROUNDS && reach.value?.nextCursor; round++) {
      const result = await ask({ q, cursor: reach.value.nextCursor });
      if (result === undefined) return;
      if (!result) break;
      const { data, ...rest } = result;
      const known = new Set(hits.value.map(({ kind, id }) => `${kind} ${id}`));
      const more = data.filter(({ kind, id }) => !known.has(`${kind} ${id}`));
      hits.value = [...hits.value, ...more];
      reach.value = rest;
      if (more.length > 0) break;
    }
    isLookingFurther.value = false;
  }

  watch(text, () => {
    stop();
    const q = wanted();
    isPending.value = q !== '';
    error.value = null;
    if (q === '') {
      hits.value = [];
      reach.value = null;
    } else {
      timer = setTimeout(() => void now(), UUID.test(q) ? 0 : PAUSE_MS);
    }
  });
  onScopeDispose(stop);

  return { text, hits, error, reach, isPending, isLookingFurther, now, lookFurther };
}
