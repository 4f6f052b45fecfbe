/** The keys that open the search, as they are called here. */
export const SEARCH_KEYS: readonly string[] = /mac|iphone|ipad/i.test(navigator.platform) ? ['⌘', 'K'] : ['Ctrl', 'K'];
