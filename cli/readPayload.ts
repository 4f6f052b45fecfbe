import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { messageOf } from './failure.ts';

/**
 * The text of a payload: given outright, as `@file`, or as `-` for standard input.
 * @throws Error when it cannot be read or is no JSON object.
 */
export async function readPayload(data: string): Promise<string> {
  const written = await read(data);
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch (error) {
    throw new Error(`--data is not valid JSON: ${messageOf(error)}`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('--data wants a JSON object');
  return written;
}

async function read(data: string): Promise<string> {
  if (data === '-') return text(process.stdin);
  if (!data.startsWith('@')) return data;
  try {
    return await readFile(data.slice(1), 'utf8');
  } catch (error) {
    throw new Error(`--data cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
