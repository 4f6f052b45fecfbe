import { readFileSync } from 'node:fs';
import { isFromRelay } from '../../../docs/verify/verify.ts';

for (const line of readFileSync(0, 'utf8').trimEnd().split('\n')) {
  const [secret = '', id, timestamp, signatures, file = ''] = line.split('\t');
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures };
  process.stdout.write(`${isFromRelay(secret, headers, readFileSync(file))}\n`);
}
