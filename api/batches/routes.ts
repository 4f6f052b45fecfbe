import { Batch, BatchDetail, BatchListQuery, BatchPage } from '../../contract/batches.ts';
import { route, type Route } from '../http/route.ts';
import { cancelBatch } from './cancelBatch.ts';
import { presentBatch, presentBatchDetail } from './presentBatch.ts';
import { findBatch, leftBehind, listBatches } from './queries.ts';
import type { StartBatchServices } from './startBatch.ts';

const tag = 'Deliveries';

export const batchRoutes: Route<StartBatchServices>[] = [
  route({
    method: 'GET',
    path: '/api/batches',
    access: 'deliveries:read',
    tag,
    summary: 'List bulk work',
    description: 'Newest first: bulk retries, recoveries by people and by Relay, erasures, whoever began them.',
    query: BatchListQuery,
    responses: { 200: BatchPage },
    async handle({ db }, { identity, query }) {
      const { rows, pagination } = await listBatches(db, identity, query);
      return { status: 200, body: { data: rows.map(presentBatch), pagination } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/batches/:id',
    access: 'deliveries:read',
    tag,
    summary: 'Follow bulk work',
    description: 'With what it tried and did not get delivered, and why.',
    responses: { 200: BatchDetail },
    async handle({ db }, { identity, params }) {
      const batch = await findBatch(db, identity, params.id);
      return { status: 200, body: presentBatchDetail(batch, await leftBehind(db, batch.id)) };
    },
  }),
  route({
    method: 'POST',
    path: '/api/batches/:id/cancel',
    access: 'deliveries:write',
    tag,
    summary: 'Stop bulk work',
    responses: { 200: Batch },
    async handle(services, { identity, params }) {
      return { status: 200, body: presentBatch(await cancelBatch(services, identity, params.id)) };
    },
  }),
];
