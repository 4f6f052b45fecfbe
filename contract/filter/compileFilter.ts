import { holdsFor, isEqual, type Json } from './jsonValue.ts';
import { Steps, TooManySteps } from './steps.ts';

/** What a filter looks at: an event, its payload as `data`. `id` and `tags` may be missing. */
export interface FilteredEvent {
  id?: string;
  type: string;
  clientId: string;
  data: unknown;
  tags?: Record<string, string>;
}

/** An event as filters look at it. @param event its payload as JSON text. */
export function toFiltered(event: {
  id: string;
  clientId: string;
  eventType: string;
  payload: string;
  tags: Record<string, string> | null;
}): FilteredEvent {
  const { id, clientId, eventType: type, payload, tags } = event;
  return { id, clientId, type, data: JSON.parse(payload) as unknown, tags: tags ?? {} };
}

/** Whether an event is wanted. Never throws, and takes a few milliseconds at most, whatever the event. */
export type FilterCheck = (event: FilteredEvent) => boolean;

/** What is wrong with a filter; `path` is a JSON Pointer into it. */
export interface FilterFault {
  path: string;
  message: string;
}

/** The members of an event that conditions can be on. */
const ROOTS = ['id', 'type', 'clientId', 'data', 'tags'];
/** How deep objects may nest, the outer one included, and how many plain values and operators there may be. */
const LIMITS = { depth: 8, conditions: 100 };

/** A condition on a value; undefined stands for a member that is missing. */
type Test = (value: Json | undefined, steps: Steps) => boolean;
type ReadOperator = (operand: Json, path: string) => Test;

/** Of the event that is being judged; no two are at once. */
const STEPS = new Steps();

class Faulty extends Error {
  readonly fault: FilterFault;

  constructor(path: string, message: string) {
    super(message);
    this.fault = { path, message };
  }
}

/**
 * Compiles a filter (docs/CONTRACT.md §11), or says what is wrong with it. Numbers are compared as doubles. An event that takes
 * too many steps to judge counts as wanted, so that nothing is lost.
 */
export function compileFilter(filter: Record<string, unknown>): { matches: FilterCheck } | { fault: FilterFault } {
  let test: Test;
  try {
    test = new Compiler().group(filter as Record<string, Json>, '', 1, ROOTS);
  } catch (error) {
    if (error instanceof Faulty) return { fault: error.fault };
    throw error;
  }
  return {
    matches(event) {
      try {
        return test(event as unknown as Json, STEPS.begin());
      } catch (error) {
        if (error instanceof TooManySteps) return true;
        throw error;
      }
    },
  };
}

class Compiler {
  #conditions = 0;

  /** Members, operators and `$or`, `$and`, `$not`, all of which must hold. @param names that its members may have. */
  group(filter: Record<string, Json>, path: string, depth: number, names?: string[]): Test {
    if (depth > LIMITS.depth) throw new Faulty(path, `is nested deeper than ${LIMITS.depth} levels`);
    const tests: Test[] = [];
    const members: (readonly [string, Test])[] = [];
    for (const [name, operand] of Object.entries(filter)) {
      const at = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (name.startsWith('$')) tests.push(this.#operator(name, operand, at, depth, names));
      else if (names && !names.includes(name)) throw new Faulty(at, `is none of ${names.join(', ')}`);
      else members.push([name, this.#condition(operand, at, depth)]);
    }
    if (members.length > 0) tests.push(ofMembers(members));
    return every(tests);
  }

  #condition(operand: Json, path: string, depth: number): Test {
    if (typeof operand === 'object' && operand !== null && !Array.isArray(operand)) {
      return this.group(operand, path, depth + 1);
    }
    this.#count(path);
    return Array.isArray(operand) ? isOneOf([operand, ...operand]) : isOneOf([operand]);
  }

  #operator(name: string, operand: Json, path: string, depth: number, names?: string[]): Test {
    if (name === '$not') return not(this.group(groupOf(operand, path), path, depth + 1, names));
    if (name === '$or' || name === '$and') {
      const tests = listOf(operand, path).map((part, index) =>
        this.group(groupOf(part, `${path}/${index}`), `${path}/${index}`, depth + 1, names),
      );
      return name === '$or' ? some(tests) : every(tests);
    }
    const read = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
    if (!read) throw new Faulty(path, `is no operator; known are ${KNOWN.join(', ')}`);
    if (names) throw new Faulty(path, 'must be within a member, such as { "data": { "amount": { "$gt": 5 } } }');
    this.#count(path);
    return read(operand, path);
  }

  #count(path: string): void {
    this.#conditions += 1;
    if (this.#conditions > LIMITS.conditions) throw new Faulty(path, `is more than ${LIMITS.conditions} conditions`);
  }
}

const OPERATORS: Record<string, ReadOperator> = {
  $eq: (operand) => isOneOf([operand]),
  $neq: (operand) => not(isOneOf([operand])),
  $in: (operand, path) => isOneOf(listOf(operand, path)),
  $nin: (operand, path) => not(isOneOf(listOf(operand, path))),
  $gt: compared((value, limit) => value > limit),
  $gte: compared((value, limit) => value >= limit),
  $lt: compared((value, limit) => value < limit),
  $lte: compared((value, limit) => value <= limit),
  $startsWith: ofText((value, part) => value.startsWith(part)),
  $endsWith: ofText((value, part) => value.endsWith(part)),
  $exist(operand, path) {
    if (typeof operand !== 'boolean') throw new Faulty(path, 'must be true or false');
    return (value) => (value !== undefined) === operand;
  },
};
const KNOWN = [...Object.keys(OPERATORS), '$or', '$and', '$not'];

/** The value itself, or one of its elements, is one of these. */
function isOneOf(operands: Json[]): Test {
  const holds = (candidate: Json, steps: Steps): boolean => {
    for (const operand of operands) if (isEqual(candidate, operand, steps)) return true;
    return false;
  };
  return (value, steps) => holdsFor(value, steps, holds);
}

/** Numbers with numbers and texts with texts, such as dates of ISO 8601. */
function compared(holds: (value: number | string, limit: number | string) => boolean): ReadOperator {
  return (operand, path) => {
    if (typeof operand !== 'number' && typeof operand !== 'string')
      throw new Faulty(path, 'must be a number or a text');
    const holdsOne = (candidate: Json, steps: Steps): boolean => {
      steps.take();
      return typeof candidate === typeof operand && holds(candidate as number | string, operand);
    };
    return (value, steps) => holdsFor(value, steps, holdsOne);
  };
}

function ofText(holds: (value: string, part: string) => boolean): ReadOperator {
  return (operand, path) => {
    if (typeof operand !== 'string') throw new Faulty(path, 'must be a text');
    const holdsOne = (candidate: Json, steps: Steps): boolean => {
      steps.take();
      return typeof candidate === 'string' && holds(candidate, operand);
    };
    return (value, steps) => holdsFor(value, steps, holdsOne);
  };
}

/** Conditions on members of an object, or of one element of a list. */
function ofMembers(members: (readonly [string, Test])[]): Test {
  // Loops instead of `every` with functions made anew: this runs for each event and each webhook that has a filter.
  const holds = (value: Json | undefined, steps: Steps): boolean => {
    for (const member of members) {
      steps.take();
      if (!member[1](memberOf(value, member[0]), steps)) return false;
    }
    return true;
  };
  return (value, steps) => (Array.isArray(value) ? value.some((item) => holds(item, steps)) : holds(value, steps));
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && Object.hasOwn(value, name) ? value[name] : undefined;
}

function every(tests: Test[]): Test {
  const [only] = tests;
  if (only && tests.length === 1) return only;
  return (value, steps) => {
    for (const test of tests) if (!test(value, steps)) return false;
    return true;
  };
}

function some(tests: Test[]): Test {
  return (value, steps) => tests.some((test) => test(value, steps));
}

function not(test: Test): Test {
  return (value, steps) => !test(value, steps);
}

function listOf(operand: Json, path: string): Json[] {
  if (Array.isArray(operand) && operand.length > 0) return operand;
  throw new Faulty(path, 'must be a list with something in it');
}

function groupOf(operand: Json, path: string): Record<string, Json> {
  if (typeof operand === 'object' && operand !== null && !Array.isArray(operand)) return operand;
  throw new Faulty(path, 'must be an object of conditions');
}
