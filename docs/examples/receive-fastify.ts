import fastify from 'fastify';
import { isFromRelay } from '../verify/verify.ts';

const { RELAY_SECRET = '', PORT = '3000' } = process.env;
/** A table of your database with a unique key, in earnest. */
const taken = new Set<string>();

const app = fastify();
await app.register((hooks, _options, done) => {
  // Within this scope bodies stay bytes.
  hooks.removeAllContentTypeParsers();
  hooks.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
  hooks.post('/hooks', async (request, reply) => {
    const body = request.body as Buffer;
    if (!isFromRelay(RELAY_SECRET, request.headers, body)) return reply.code(401).send();
    const id = String(request.headers['webhook-id']);
    if (!taken.has(id)) {
      const { type, data } = JSON.parse(body.toString()) as { type: string; data: unknown };
      console.log(id, type, data);
      taken.add(id);
    }
    return reply.code(204).send();
  });
  done();
});
await app.listen({ port: Number(PORT), host: '127.0.0.1' });
console.log('listening');
