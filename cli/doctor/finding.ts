/** What the doctor found out about one thing. */
export interface Finding {
  check: string;
  status: 'ok' | 'warn' | 'fail';
  message: string;
  /** What to do about it; null when all is well. */
  todo: string | null;
}

export const ok = (check: string, message: string): Finding => ({ check, status: 'ok', message, todo: null });

export const warn = (check: string, message: string, todo: string): Finding => ({
  check,
  status: 'warn',
  message,
  todo,
});

export const fail = (check: string, message: string, todo: string): Finding => ({
  check,
  status: 'fail',
  message,
  todo,
});
