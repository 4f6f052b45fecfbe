import { createGlobalState, useLocalStorage } from '@vueuse/core';

export const DENSITIES = ['roomy', 'dense'] as const;
export const PAGE_SIZES = [25, 50, 100] as const;

/** How lists are shown, remembered by this browser: how close rows stand, how many a page has, and which columns each list shows. */
export const useListSettings = createGlobalState(() => {
  const density = useLocalStorage<string>('list-density', DENSITIES[0]);
  const storedSize = useLocalStorage<number>('list-page-size', PAGE_SIZES[0]);
  /** By list and column; what is not there is as the list has it. */
  const chosen = useLocalStorage<Record<string, Record<string, boolean>>>('list-columns', {});
  const pageSize = (): number => PAGE_SIZES.find((size) => size === storedSize.value) ?? PAGE_SIZES[0];

  const isShown = (list: string, { key, isExtra = false }: { key: string; isExtra?: boolean }): boolean =>
    chosen.value[list]?.[key] ?? !isExtra;

  /** Whether somebody has asked for it: then it is there however little room there is. */
  const isChosen = (list: string, key: string): boolean => chosen.value[list]?.[key] ?? false;

  function show(list: string, key: string, isWanted: boolean): void {
    chosen.value = { ...chosen.value, [list]: { ...chosen.value[list], [key]: isWanted } };
  }

  return { density, storedSize, pageSize, isShown, isChosen, show };
});
