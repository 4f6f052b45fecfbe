import type { Steps } from './steps.ts';

/** What JSON can say. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Whether it holds for a value or, of a list, for one of its elements; never for a member that is missing. */
export function holdsFor(
  value: Json | undefined,
  steps: Steps,
  holds: (candidate: Json, steps: Steps) => boolean,
): boolean {
  if (value === undefined) return false;
  return holds(value, steps) || (Array.isArray(value) && value.some((item) => holds(item, steps)));
}

/** Whether two values say the same, the order of members ignored. */
export function isEqual(left: Json, right: Json, steps: Steps): boolean {
  steps.take();
  if (typeof left !== 'object' || left === null || typeof right !== 'object' || right === null) return left === right;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => isEqual(item, right[index] ?? null, steps));
  }
  const names = Object.keys(right);
  const isPart = names.every(
    (name) => Object.hasOwn(left, name) && isEqual(left[name] ?? null, right[name] ?? null, steps),
  );
  return isPart && names.length === Object.keys(left).length;
}
