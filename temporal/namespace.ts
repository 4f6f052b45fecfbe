import { setTimeout as sleep } from 'node:timers/promises';

import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { GRPC, hasCode, isMissingWorkflow } from './grpc.ts';

/** The namespace workflows run in, and what they can be searched by. */
export interface NamespaceOptions {
  namespace: string;
  /** How long closed workflows are kept. */
  retentionDays: number;
  /** Search attributes of the type Keyword. */
  keywords: readonly string[];
}

/** Columns of the visibility database that the namespace's search attributes have, as "Keyword03". */
export interface UsedColumns {
  /** Of the attributes that Relay searches by; all of the type Keyword. */
  searched: string[];
  /** Of every attribute that has been registered, Relay's included. */
  registered: string[];
}

/** temporal.api.enums.v1.IndexedValueType */
const INDEXED_VALUE_TYPE_KEYWORD = 2;

/** New namespaces and attributes are known to all of a server's parts after its caches' refresh, every 2 s. */
const SETTLE_TIMEOUT_MS = 20_000;

/**
 * Registers the namespace and its search attributes, or brings those that are there up to date, and waits until workflows
 * can be started and searched with them. May be run again.
 * @returns the columns of the visibility database that attributes have (none on SQLite).
 */
export async function ensureNamespace(connection: Connection, options: NamespaceOptions): Promise<UsedColumns> {
  const { namespace, keywords } = options;
  await register(connection, options);
  const known = await aliases(connection, namespace);
  const missing = keywords.filter((name) => !known.has(name));
  if (missing.length > 0) await untilItWorks(() => addKeywords(connection, namespace, missing));
  await untilItWorks(() => askAsClients(connection, options));
  const columns = await aliases(connection, namespace);
  return { searched: keywords.flatMap((name) => columns.get(name) ?? []), registered: [...columns.values()] };
}

async function register(connection: Connection, { namespace, retentionDays }: NamespaceOptions): Promise<void> {
  const retention = msToTs(retentionDays * 24 * 3600 * 1000);
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: retention,
    });
  } catch (error) {
    if (!hasCode(error, GRPC.alreadyExists)) throw error;
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) === Number(retention.seconds)) return;
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: retention },
    });
  }
}

/** Our names for the visibility database's columns: attribute → column. */
async function aliases(connection: Connection, namespace: string): Promise<Map<string, string>> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  return new Map(Object.entries(config?.customSearchAttributeAliases ?? {}).map(([column, name]) => [name, column]));
}

async function addKeywords(connection: Connection, namespace: string, names: string[]): Promise<void> {
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(names.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD])),
  });
}

/** Asks what a client will ask first; every part of the server must have an answer. */
async function askAsClients(connection: Connection, { namespace, keywords }: NamespaceOptions): Promise<void> {
  await connection.workflowService.countWorkflowExecutions({
    namespace,
    query: keywords.map((name) => `${name} = "-"`).join(' AND '),
  });
  await describeNothing(connection, namespace);
}

/** A server that was asked for a namespace before it was made says for a moment that it is not there. */
async function untilItWorks(call: () => Promise<void>): Promise<void> {
  const until = Date.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(50);
    }
  }
}

/** Describes a workflow that does not exist, which the history service has to be there to say. */
async function describeNothing(connection: Connection, namespace: string): Promise<void> {
  try {
    await connection.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId: 'relay-ready' } });
  } catch (error) {
    if (!isMissingWorkflow(error)) throw error;
  }
}
