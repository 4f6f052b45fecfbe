import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { RelayProblem } from '#client/index.ts';
import type { Me } from '#contract/access.ts';
import type { Scope } from '#contract/scopes.ts';
import { relay } from '../api/relay.ts';

/** Who is signed in. The key itself is never kept: it is exchanged for a cookie that scripts cannot read. */
export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null);
  const isKnown = ref(false);
  const isSignedIn = computed(() => me.value !== null);

  /** Asks who the cookie stands for; once. */
  async function restore(): Promise<void> {
    if (isKnown.value) return;
    try {
      me.value = await relay.getMe();
    } catch (error) {
      if (!(error instanceof RelayProblem)) throw error;
    }
    isKnown.value = true;
  }

  async function signIn(key: string): Promise<void> {
    me.value = await relay.startSession({ key });
    isKnown.value = true;
  }

  async function signOut(): Promise<void> {
    await relay.endSession().catch(() => undefined);
    forget();
  }

  function forget(): void {
    me.value = null;
  }

  /** What the key does not cover is not offered. */
  function may(scope: Scope): boolean {
    const scopes = me.value?.scopes ?? [];
    return scopes.includes(scope) || scopes.includes('admin');
  }

  return { me, isKnown, isSignedIn, restore, signIn, signOut, forget, may };
});
