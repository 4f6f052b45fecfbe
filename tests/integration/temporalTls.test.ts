import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { connectTemporal, readTemporalPlace } from '../../temporal/connection.ts';
import { findFreePorts } from '../../ops/freePorts.ts';
import { eventually } from '../support/eventually.ts';
import { makeCertificate, nginxProgram, runNginx } from '../support/nginx.ts';
import { startTestRelay } from '../support/testRelay.ts';

const API_KEY = 'a-key-of-temporal';

describe.skipIf(!nginxProgram)(
  'Temporal behind TLS (skipped where Nginx, which ends it here, is not installed)',
  () => {
    let stop: () => Promise<void>;
    let env: NodeJS.ProcessEnv;

    beforeAll(async () => {
      const [port] = (await findFreePorts(1)) as [number];
      stop = await runNginx(port, async (directory) => {
        const server = await makeCertificate(directory, 'server');
        const client = await makeCertificate(directory, 'client');
        env = {
          TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
          TEMPORAL_API_KEY: API_KEY,
          TEMPORAL_TLS_SERVER_CA_CERT_PATH: server.authority,
          TEMPORAL_TLS_CLIENT_CERT_PATH: client.certificate,
          TEMPORAL_TLS_CLIENT_KEY_PATH: client.key,
        };
        return `server {
        listen 127.0.0.1:${port} ssl http2;
        ssl_certificate ${server.certificate};
        ssl_certificate_key ${server.key};
        ssl_client_certificate ${client.authority};
        ssl_verify_client on;
        if ($http_authorization != "Bearer ${API_KEY}") { return 401; }
        client_max_body_size 0;
        grpc_read_timeout 5m;
        location / { grpc_pass grpc://${inject('temporalAddress')}; }
      }`;
      });
    });
    afterAll(() => stop());

    it.each([
      ['the API key', { TEMPORAL_API_KEY: 'another' }],
      ['the client certificate', { TEMPORAL_TLS_CLIENT_CERT_PATH: undefined, TEMPORAL_TLS_CLIENT_KEY_PATH: undefined }],
      ['the server’s certificate', { TEMPORAL_TLS_SERVER_CA_CERT_PATH: undefined }],
    ])('is not reached without %s', async (_what, without) => {
      await expect(connectTemporal(readTemporalPlace({ ...env, ...without }))).rejects.toThrow();
    });

    it('is reached with the settings of Temporal’s own client, and delivers', async () => {
      const relay = await startTestRelay(env);
      const receiver = createReceiver();
      afterAll(() => receiver.close());
      const { url } = await receiver.listen();
      await relay.api.createWebhook({ url });
      const { body } = await relay.api.postEvent({ eventType: 'over.tls', payload: {} });
      await eventually(async () => (await relay.api.getEvent(body.id)).body.status === 'delivered');
      await relay.stop();
    });
  },
);
