import express from 'express';
import { isFromRelay } from '../verify/verify.ts';

const { RELAY_SECRET = '', PORT = '3000' } = process.env;
/** A table of your database with a unique key, in earnest. */
const taken = new Set<string>();

const app = express();
// The bytes as they came: this route stands before app.use(express.json()).
app.post('/hooks', express.raw({ type: '*/*', limit: '1mb' }), (request, response) => {
  const body: unknown = request.body;
  if (!Buffer.isBuffer(body) || !isFromRelay(RELAY_SECRET, request.headers, body)) {
    response.status(401).end();
    return;
  }
  const id = String(request.headers['webhook-id']);
  if (!taken.has(id)) {
    const { type, data } = JSON.parse(body.toString()) as { type: string; data: unknown };
    console.log(id, type, data);
    taken.add(id);
  }
  response.status(204).end();
});
app.use(express.json());
app.listen(Number(PORT), '127.0.0.1', () => console.log('listening'));
