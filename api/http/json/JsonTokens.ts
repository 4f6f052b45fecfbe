/**
 * What stands next in a JSON text: itself for punctuation, `scalar` for a number, true, false and null. `more` says that a long
 * string or blank goes on.
 */
export type Token = '{' | '}' | '[' | ']' | ',' | ':' | 'string' | 'scalar' | 'end' | 'wrong' | 'more';

/** Characters after which a string or blank is interrupted. */
const STRIDE = 16_384;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const SIMPLE_ESCAPES = new Set([...'"\\/bfnrt'].map((sign) => sign.charCodeAt(0)));
const UNICODE_ESCAPE = /u[0-9a-fA-F]{4}/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * Reads a JSON text token by token, as RFC 8259 spells them and no other way. Nothing is copied, and no call takes more than a
 * fraction of a millisecond, whatever the text. That is why it is Relay's own: other readers build what they read, or go over
 * a long string in one call.
 */
export class JsonTokens {
  readonly text: string;
  /** Where the token begins and ends; of one that is wrong, `start` is where it goes wrong. */
  start = 0;
  end = 0;
  #isInString = false;

  constructor(text: string) {
    this.text = text;
  }

  /** The token as it was written. */
  get written(): string {
    return this.text.slice(this.start, this.end);
  }

  next(): Token {
    if (this.#isInString) return this.#string();
    const { text } = this;
    const stopAt = this.end + STRIDE;
    let at = this.end;
    let code = text.charCodeAt(at);
    while (isBlank(code) && at < stopAt) code = text.charCodeAt(++at);
    this.start = at;
    this.end = at + 1;
    switch (code) {
      case 0x22:
        return this.#string();
      case 0x2c:
        return ',';
      case 0x3a:
        return ':';
      case 0x5b:
        return '[';
      case 0x5d:
        return ']';
      case 0x7b:
        return '{';
      case 0x7d:
        return '}';
      default:
        return isBlank(code) ? 'more' : this.#scalar();
    }
  }

  #string(): Token {
    const { text } = this;
    const stopAt = this.end + STRIDE;
    let at = this.end;
    for (; at < stopAt; at += 1) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        const length = escapeLength(text, at + 1);
        if (length === 0) return this.#wrong(at + 1);
        at += length;
      } else if (!(code >= FIRST_PRINTABLE)) return this.#wrong(at);
    }
    this.#isInString = at >= stopAt;
    this.end = this.#isInString ? at : at + 1;
    return this.#isInString ? 'more' : 'string';
  }

  #scalar(): Token {
    SCALAR.lastIndex = this.start;
    if (!SCALAR.test(this.text)) return this.#wrong(this.start);
    this.end = SCALAR.lastIndex;
    return 'scalar';
  }

  #wrong(at: number): Token {
    this.start = at;
    return at >= this.text.length ? 'end' : 'wrong';
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Of what follows a backslash; 0 when it is no escape. */
function escapeLength(text: string, at: number): number {
  if (SIMPLE_ESCAPES.has(text.charCodeAt(at))) return 1;
  UNICODE_ESCAPE.lastIndex = at;
  return UNICODE_ESCAPE.test(text) ? 5 : 0;
}
