import { hash } from 'node:crypto';

/** What is kept of a key or a session's token: both are random and long, so a plain digest cannot be guessed back. */
export function digest(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}
