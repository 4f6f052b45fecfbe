import { createReceiver, type Receiver } from '../../receiver/createReceiver.ts';

/** What each endpoint of the demonstration answers, by its path. */
const ANSWERS: Record<string, { status: number; body: string; stallMs?: number }> = {
  '/ledger': { status: 200, body: '{"accepted":true}', stallMs: 18 },
  '/search': { status: 200, body: 'indexed', stallMs: 240 },
  '/crm': { status: 200, body: '{"ok":true}', stallMs: 65 },
  '/warehouse': {
    status: 500,
    body: '{"error":"disk_full","message":"no space left on /var/lib/warehouse"}',
    stallMs: 31,
  },
  '/fraud': { status: 503, body: 'Down for maintenance until 14:00 UTC', stallMs: 12 },
  '/analytics': { status: 410, body: 'This integration has been shut down.' },
};

/** Endpoints that take, fail, ask for patience and are gone. */
export function createDemoReceiver(): Receiver {
  return createReceiver({
    forget: true,
    respond: ({ path }) => ANSWERS[path] ?? { status: 200, body: 'ok' },
  });
}
