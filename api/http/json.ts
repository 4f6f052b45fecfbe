import type { Work } from '../turns/LoopTurns.ts';

/** A text that is JSON already and goes into an answer as it is, such as an event's payload. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** `JSON.stringify` for answers: the same, but keeps every {@link RawJson} as it was written. */
export function toJson(value: unknown): string {
  const texts: string[] = [];
  write(value, texts);
  return texts.join('');
}

/** An answer that is too large to be made in one piece. */
export class LargeAnswer {
  readonly pieces: readonly Buffer[];
  readonly bytes: number;

  constructor(pieces: readonly Buffer[]) {
    this.pieces = pieces;
    this.bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  }
}

/** Characters of a piece, unless one text has more; in bytes they are three times as many at most. */
const PIECE = 32_768;

/** Does what {@link toJson} does; a large answer comes in pieces, and others may go on between two of them. */
export function* toJsonPieces(value: unknown): Work<string | LargeAnswer> {
  const texts: string[] = [];
  write(value, texts);
  if (texts.reduce((sum, { length }) => sum + length, 0) <= PIECE) return texts.join('');
  const pieces: Buffer[] = [];
  let piece = '';
  for (const text of texts) {
    if (piece.length + text.length > PIECE) {
      pieces.push(Buffer.from(piece));
      piece = '';
      yield;
    }
    piece += text;
  }
  pieces.push(Buffer.from(piece));
  return new LargeAnswer(pieces);
}

/** Writes the texts that the JSON consists of. */
function write(value: unknown, texts: string[]): void {
  if (value instanceof RawJson) texts.push(value.text);
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      texts.push(index === 0 ? '[' : ',');
      write(item, texts);
    }
    texts.push(value.length === 0 ? '[]' : ']');
  } else if (value === null || typeof value !== 'object' || value instanceof Date) {
    texts.push(JSON.stringify(value) ?? 'null');
  } else {
    let isFirst = true;
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) continue;
      texts.push(isFirst ? '{' : ',', JSON.stringify(name), ':');
      isFirst = false;
      write(member, texts);
    }
    texts.push(isFirst ? '{}' : '}');
  }
}
