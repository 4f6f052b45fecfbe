import { createGlobalState, useLocalStorage } from '@vueuse/core';

export const TIME_STYLES = ['relative', 'exact'] as const;
export const TIME_ZONES = ['local', 'UTC'] as const;

/** How times are shown, everywhere: how long ago or exactly, and in which zone. */
export const useTimes = createGlobalState(() => ({
  style: useLocalStorage<string>('time-style', TIME_STYLES[0]),
  zone: useLocalStorage<string>('time-zone', TIME_ZONES[0]),
}));
