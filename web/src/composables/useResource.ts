import { onScopeDispose, shallowRef } from 'vue';
import { RelayProblem } from '#client/index.ts';
import { useLive, type LiveKind } from '../stores/live.ts';
import { useFollow } from './useFollow.ts';

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

  async function readOnce(): Promise<void> {
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

  const { now: load, follow: soon } = useFollow(readOnce, FOLLOW_MS);
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
  return { data, error, load, follow: soon };
}
