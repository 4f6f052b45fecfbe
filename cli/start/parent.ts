/** Scripts of npm that lead here; it ends without a word to the program when it is killed. */
const SCRIPTS = ['start', 'npx'];
const LOOK_MS = 1000;

/** Calls back when the npm, or the shell of npm's, that started this process has ended. Never where it was started otherwise. */
export function onParentGone(env: NodeJS.ProcessEnv, callback: () => void): void {
  if (!SCRIPTS.includes(env['npm_lifecycle_event'] ?? '')) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, LOOK_MS);
  timer.unref();
}
