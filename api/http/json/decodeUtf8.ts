import { isUtf8 } from 'node:buffer';
import { ApiProblem } from '../problem.ts';
import type { Work } from '../../turns/LoopTurns.ts';

/** Bytes between two places where others may go on: a millisecond or two. */
const STRIDE = 131_072;

/** The text of a body, without a byte order mark. @throws ApiProblem `invalid_json` when it is not UTF-8. */
export function* decodeUtf8(bytes: Uint8Array): Work<string> {
  if (bytes.length > STRIDE) yield;
  if (!isUtf8(bytes)) throw new ApiProblem('invalid_json', 'The body is not valid UTF-8.');
  const decoder = new TextDecoder();
  let text = decoder.decode(bytes.subarray(0, STRIDE), { stream: true });
  for (let at = STRIDE; at < bytes.length; at += STRIDE) {
    yield;
    text += decoder.decode(bytes.subarray(at, at + STRIDE), { stream: true });
  }
  return text;
}
