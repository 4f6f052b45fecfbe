import { parentPort } from 'node:worker_threads';
import type { PayloadSchema } from '../../../contract/eventTypes.ts';
import type { FieldError } from '../../../contract/problem.ts';
import { compilePayloadSchema, type PayloadCheck } from '../compilePayloadSchema.ts';
import { SchemaError } from '../standardSchema.ts';
import { TooSlowError, withinCpuTime } from './withinCpuTime.ts';

/** What a thread is asked, in JSON texts: what is wrong with a payload, or, without one, whether a new schema can be used. */
export interface CheckRequest {
  schema: string;
  payload: string | null;
}

/** What it answers. `refused` is why the schema cannot be used. */
export type CheckAnswer = { errors: FieldError[] } | { tooComplex: true } | { refused: string } | { failed: string };

/** What comes back: the answer, and how long it took (ms). */
export interface CheckDone {
  answer: CheckAnswer;
  ms: number;
}

/** CPU time (ms) for a check, for compiling a schema that is made, and for one that has been taken before. */
const CHECK_MS = 50;
const COMPILE_NEW_MS = 1000;
const COMPILE_MS = 2000;
/** The most steps of a new schema's pattern. Each character of a text may cost that many. */
const MAX_PATTERN_STEPS = 1000;
/** Schemas that a thread keeps compiled; the one that was asked for longest ago goes first. */
const MAX_KEPT = 200;

const kept = new Map<string, PayloadCheck>();

parentPort?.on('message', (request: CheckRequest) => {
  const began = performance.now();
  const done: CheckDone = { answer: answer(request), ms: performance.now() - began };
  parentPort?.postMessage(done);
});

function answer({ schema, payload }: CheckRequest): CheckAnswer {
  try {
    if (payload === null) {
      compileWithin(COMPILE_NEW_MS, schema, { maxPatternSteps: MAX_PATTERN_STEPS });
      return { errors: [] };
    }
    const value: unknown = JSON.parse(payload);
    return { errors: withinCpuTime(CHECK_MS, () => checking(schema, value)) };
  } catch (error) {
    if (error instanceof SchemaError) return { refused: error.message };
    // The stack is full: the schema refers to itself without going further into the payload.
    if (error instanceof TooSlowError || error instanceof RangeError) return { tooComplex: true };
    return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** A check is not kept while it runs: the patterns of one that is broken off may be half changed. */
function checking(schema: string, value: unknown): () => FieldError[] {
  const check = kept.get(schema) ?? compileWithin(COMPILE_MS, schema);
  kept.delete(schema);
  return () => {
    const errors = check(value);
    keep(schema, check);
    return errors;
  };
}

function keep(schema: string, check: PayloadCheck): void {
  kept.set(schema, check);
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_KEPT) return;
    kept.delete(oldest);
  }
}

function compileWithin(ms: number, schema: string, limits: { maxPatternSteps?: number } = {}): PayloadCheck {
  try {
    return withinCpuTime(ms, () => () => compilePayloadSchema(JSON.parse(schema) as PayloadSchema, limits));
  } catch (error) {
    if (error instanceof TooSlowError) throw new SchemaError('it takes too long to read');
    throw error;
  }
}
