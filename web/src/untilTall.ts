/** How long a page is waited for, in ms. */
const WAIT_MS = 3000;

/** Resolves when the page has become so tall that it can be scrolled to where it was left; lists are read only after it is shown. */
export function untilTall(top: number): Promise<void> {
  const isTall = (): boolean => document.documentElement.scrollHeight - innerHeight >= top;
  return new Promise((resolve) => {
    const end = (): void => {
      observer.disconnect();
      clearTimeout(timer);
      resolve();
    };
    const observer = new ResizeObserver(() => isTall() && end());
    const timer = setTimeout(end, WAIT_MS);
    observer.observe(document.body);
  });
}
