import { useEventListener } from '@vueuse/core';
import { computed, reactive, ref, watch, type Ref } from 'vue';
import { useSession } from '../stores/session.ts';

/** What people have typed and not sent, by whose it is and for what. In memory: it may hold secrets. */
const drafts = new Map<string, object>();

/**
 * A form's values, which outlive it: closed by mistake, left by the way back, or ended with the session, it holds them again when
 * it is opened by the same key. Until they are sent or thrown away, the browser asks before it leaves the page.
 * @param name of what is written; one form at a time.
 * @param fresh the values of a form that nobody has touched: text, numbers, lists and objects of them.
 */
export function useDraft<T extends object>(name: string, fresh: () => T) {
  const { me } = useSession();
  const key = `${me?.keyId ?? me?.userId ?? ''} ${name}`;
  const untouched = JSON.stringify(fresh());
  const kept = drafts.get(key) as T | undefined;
  const form = reactive(kept ? { ...fresh(), ...kept } : fresh()) as T;
  const isTouched = computed(() => JSON.stringify(form) !== untouched);
  /** The form began with what was typed before. */
  const isRestored: Ref<boolean> = ref(kept !== undefined);

  watch(
    () => JSON.stringify(form),
    () => {
      if (isTouched.value) drafts.set(key, JSON.parse(JSON.stringify(form)) as T);
      else drafts.delete(key);
    },
    // Also what is typed just before the form is gone.
    { flush: 'sync' },
  );
  useEventListener('beforeunload', (leaving) => {
    if (drafts.has(key)) leaving.preventDefault();
  });

  /** Takes it for sent. */
  function settle(): void {
    drafts.delete(key);
    isRestored.value = false;
  }

  /** Throws away what was typed. */
  function startAnew(): void {
    Object.assign(form, fresh());
    settle();
  }

  return { form, isTouched, isRestored, settle, startAnew };
}
