import { useStorage } from '@vueuse/core';
import { defineStore } from 'pinia';
import { watch } from 'vue';

export const THEMES = ['system', 'light', 'dark'] as const;

/** Light or dark, as the system says or as was chosen. */
export const useTheme = defineStore('theme', () => {
  const choice = useStorage<string>('theme', 'system');
  watch(choice, (value) => (document.documentElement.dataset['theme'] = value), { immediate: true });
  return { choice };
});
