import { RE2JS } from 're2js';

/** ECMA-262's white space and line ends; RE2's `\s` has only those of ASCII. */
const SPACE = '\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
/** Everything else, for `\S` within brackets, where a set cannot be turned round. */
const NO_SPACE =
  '\\x00-\\x08\\x0e-\\x1f!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}' +
  '\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}';
const NO_LINE_END = '[^\\n\\r\\x{2028}\\x{2029}]';
/** An escaped surrogate pair, any other escape, what opens or closes brackets, a dot. */
const PARTS = /\\u(d[89ab][\da-f]{2})\\u(d[c-f][\da-f]{2})|\\.|[[\].]/gisu;

/**
 * A pattern on an engine whose time is linear in the text. One that ECMA-262 can read (as JSON Schema recommends) means
 * what it means there; any other is read as RE2 has it, such as `(?i)^a`.
 */
export class LinearPattern {
  readonly #source: string;
  readonly #compiled: RE2JS;

  /**
   * @param maxSteps of the compiled pattern, each of which a character of a text may cost.
   * @throws for look-around, back-references, whatever else the engine lacks, and more steps.
   */
  constructor(source: string, maxSteps = Infinity) {
    this.#source = source;
    this.#compiled = RE2JS.compile(isEcmaScript(source) ? RE2JS.translateRegExp(inRe2(source)) : source);
    const steps = this.#compiled.programSize();
    if (steps > maxSteps) throw new Error(`a pattern is too large: ${steps} steps, at most ${maxSteps}`);
  }

  /** Whether the pattern is found anywhere in the text. */
  test(text: string): boolean {
    return this.#compiled.test(text);
  }

  /** Ajv tells patterns apart by this. */
  toString(): string {
    return this.#source;
  }
}

function isEcmaScript(source: string): boolean {
  try {
    return new RegExp(source, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** Spells out what the two read differently without saying so. */
function inRe2(source: string): string {
  let isInBrackets = false;
  return source.replace(PARTS, (part: string, high?: string, low?: string) => {
    if (high !== undefined && low !== undefined) return codePoint(high, low);
    if (part === '\\k') throw new Error('back-references are not supported');
    if (part === '\\s') return isInBrackets ? SPACE : `[${SPACE}]`;
    if (part === '\\S') return isInBrackets ? NO_SPACE : `[^${SPACE}]`;
    if (part === '.') return isInBrackets ? part : NO_LINE_END;
    if (part === '[' || part === ']') isInBrackets = part === '[';
    return part;
  });
}

function codePoint(high: string, low: string): string {
  const text = String.fromCharCode(parseInt(high, 16), parseInt(low, 16));
  return `\\x{${text.codePointAt(0)?.toString(16)}}`;
}
