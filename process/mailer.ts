import { createTransport } from 'nodemailer';
import type { Mail } from '../store/notices/sendMails.ts';

/** How long a mail server may take for a step, in ms. */
const PATIENCE_MS = 10_000;

/** Sends mail by the server that a URL names (`smtp://`, `smtps://`, with user and password where it wants them). */
export function createMailer(smtpUrl: string, from: string): { send: (mail: Mail) => Promise<unknown> } {
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
  });
  return { send: (mail) => transport.sendMail({ from, ...mail }) };
}
