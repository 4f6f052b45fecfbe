import { useStorage } from '@vueuse/core';
import { computed } from 'vue';
import type { SearchHit } from '#contract/search.ts';
import { useSession } from '../../stores/session.ts';

type Find = Pick<SearchHit, 'kind' | 'id' | 'title' | 'at'>;

const MOST = 5;

/** What was found and opened last, by who is signed in, as long as the tab is there. Nothing of a payload is kept. */
export function useRecentFinds() {
  const { me } = useSession();
  const who = me?.keyId ?? me?.userId ?? '';
  const all = useStorage<Record<string, Find[]>>('recent-finds', {}, sessionStorage, {
    // Whoever remembers is gone with the palette at once.
    flush: 'sync',
  });
  const finds = computed(() => all.value[who] ?? []);

  function remember({ kind, id, title, at }: Find): void {
    const others = finds.value.filter((find) => find.kind !== kind || find.id !== id);
    all.value = { [who]: [{ kind, id, title, at }, ...others].slice(0, MOST) };
  }

  return { finds, remember };
}
