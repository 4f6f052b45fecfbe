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
  /** The only client that whoever is signed in sees, a receiving team mostly; null for all. */
  const client = computed(() => me.value?.clientId ?? null);

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

  /** Answers whether the page stays: a person is led to the provider, whose session ends, too. */
  async function signOut(): Promise<boolean> {
    if (me.value?.userId) {
      location.assign('/auth/sign-out');
      return false;
    }
    await relay.endSession().catch(() => undefined);
    forget();
    return true;
  }

  function forget(): void {
    me.value = null;
  }

  /** What the key does not cover is not offered. */
  function may(scope: Scope): boolean {
    const scopes = me.value?.scopes ?? [];
    return scopes.includes(scope) || scopes.includes('admin');
  }

  /** Filters or columns without the one for clients, where there is only one client to see. */
  function ofSeen<T extends { key: string } | { name: string }>(all: readonly T[]): T[] {
    const idOf = (one: T) => ('key' in one ? one.key : one.name);
    return all.filter((one) => client.value === null || !['client', 'clientId'].includes(idOf(one)));
  }

  return { me, client, ofSeen, isKnown, isSignedIn, restore, signIn, signOut, forget, may };
});
