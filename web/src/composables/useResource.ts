import { useTimeoutFn } from '@vueuse/core';
import { onScopeDispose, shallowRef } from 'vue';
import { RelayProblem } from '#client/index.ts';
import { useLive, type LiveKind } from '../stores/live.ts';

const FOLLOW_MS = 800;

/** Something that is read from the API, and read again when what it `follows` says so. */
export function useResource<T>(
  read: () => Promise<T>,
  follows: Partial<Record<LiveKind, (data: { id?: string; eventId?: string; webhookId?: string }) => boolean>> = {},
) {
  const live = useLive();
  const data = shallowRef<T | null>(null);
  const error = shallowRef<RelayProblem | null>(null);
  let turn = 0;

  async function load(): Promise<void> {
    const mine = ++turn;
    try {
      const answer = await read();
      if (mine !== turn) return;
      data.value = answer;
      error.value = null;
    } catch (caught) {
      if (!(caught instanceof RelayProblem)) throw caught;
      if (mine === turn) error.value = caught;
    }
  }

  const pending = useTimeoutFn(() => void load(), FOLLOW_MS, { immediate: false });
  const soon = (): void => {
    if (!pending.isPending.value) pending.start();
  };
  const stops = [
    live.on('reset', soon),
    ...(Object.keys(follows) as LiveKind[]).map((kind) =>
      live.on(kind, (message) => {
        if (follows[kind]?.(message)) soon();
      }),
    ),
  ];
  onScopeDispose(() => stops.forEach((stop) => stop()));

  void load();
  return { data, error, load };
}
