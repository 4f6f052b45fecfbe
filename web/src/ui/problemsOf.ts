import type { RelayProblem } from '#client/index.ts';

const isWithin = (path: string, member: string): boolean => path === `/${member}` || path.startsWith(`/${member}/`);

/** What the API said against one member of a request and against what lies within it, as phrases. Paths are JSON pointers. */
export function problemsOf(error: RelayProblem | null, member: string): string[] {
  return (error?.errors ?? [])
    .filter(({ path }) => isWithin(path, member))
    .map(({ path, message }) => [path.slice(member.length + 2), message].filter(Boolean).join(' '));
}

/** What no field of these members can show. */
export function unplacedProblems(error: RelayProblem, members: readonly string[]): { path: string; message: string }[] {
  return error.errors.filter(({ path }) => !members.some((member) => isWithin(path, member)));
}
