import { PROBLEMS, type ProblemCode } from '../../contract/problem.ts';
import type { Route } from '../http/route.ts';

/** Every code that a route can answer with, each once, by HTTP status and in the order of the contract's table. */
export function problemsOf({ access, path, body, problems = [] }: Route): Map<number, ProblemCode[]> {
  const codes = new Set<ProblemCode>(['validation_failed', 'internal_error', ...problems]);
  if (access !== 'open')
    for (const code of ['unauthorized', 'forbidden', 'rate_limited', 'unavailable'] as const) codes.add(code);
  if (path.includes('/:')) codes.add('not_found');
  if (body)
    for (const code of ['invalid_json', 'payload_too_large', 'unsupported_media_type'] as const) codes.add(code);
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
    if (!codes.has(code)) continue;
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}
