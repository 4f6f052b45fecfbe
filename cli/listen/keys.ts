import { emitKeypressEvents } from 'node:readline';

interface Key {
  name?: string;
  ctrl?: boolean;
}

/** Calls back for each key pressed on a terminal, Ctrl-C being the signal that it always is. Returns what ends that. */
export function onKey(callback: (name: string) => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => undefined;
  emitKeypressEvents(stdin);
  stdin.setRawMode(true);
  const pressed = (_text: string, { name = '', ctrl }: Key): void => {
    if (ctrl && name === 'c') process.kill(process.pid, 'SIGINT');
    else callback(name);
  };
  stdin.on('keypress', pressed).resume();
  return () => {
    stdin.off('keypress', pressed).setRawMode(false);
    stdin.pause();
  };
}
