import { useEventListener, useStorage } from '@vueuse/core';
import type { PageOfMenu } from '../../pages.ts';
import { moveInTable } from './moveInTable.ts';

/** How long `g` waits for the letter of a page, in ms. */
const LETTER_MS = 1500;

interface Shortcuts {
  /** The pages that `g` and a letter lead to. */
  pages: () => readonly PageOfMenu[];
  go: (path: string) => void;
  openSearch: () => void;
  openHelp: () => void;
  /** Whether something of these is open, or about to be. */
  isOpen: () => boolean;
}

/** Whether single keys are shortcuts; who steers by voice, or types by accident, can do without (WCAG 2.1.4). */
export function useSingleKeys() {
  return useStorage('single-keys', true);
}

/** The keys that work on every page: not while something is typed, and not over a dialog. */
export function useShortcuts({ pages, go, openSearch, openHelp, isOpen }: Shortcuts): void {
  const areOn = useSingleKeys();
  let pageAwaitedUntil = 0;

  function onSingleKey(key: string): boolean {
    const isForPage = performance.now() < pageAwaitedUntil;
    pageAwaitedUntil = 0;
    const page = isForPage ? pages().find((one) => one.key === key) : undefined;
    if (page) go(page.to);
    else if (key === 'g') pageAwaitedUntil = performance.now() + LETTER_MS;
    else if (key === '/') openSearch();
    else if (key === '?') openHelp();
    else if (key === 'j' || key === 'k') return moveInTable(key === 'j' ? 1 : -1);
    else return false;
    return true;
  }

  useEventListener(window, 'keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const isOverlaid = isOpen() || document.querySelector('[role="dialog"]') !== null;
    if (isSearch(event)) {
      event.preventDefault();
      if (!isOverlaid) openSearch();
    } else if (areOn.value && !isOverlaid && !isTyping(event.target) && isSingle(event)) {
      if (onSingleKey(event.key)) event.preventDefault();
    }
  });
}

/** Held down, only the keys that move go on. */
function isSingle({ key, repeat, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return !ctrlKey && !metaKey && !altKey && (!repeat || key === 'j' || key === 'k');
}

function isSearch({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  return key.toLowerCase() === 'k' && ctrlKey !== metaKey && !altKey && !shiftKey;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.matches('input:not([type="checkbox"]), textarea, select, [contenteditable]')
  );
}
