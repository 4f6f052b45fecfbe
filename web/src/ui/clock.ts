import { createSharedComposable, useNow } from '@vueuse/core';

/** The time, once a second, by one timer for the whole page. */
export const useClock = createSharedComposable(() => useNow({ interval: 1000 }));
