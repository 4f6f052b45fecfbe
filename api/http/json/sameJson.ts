import { parseTree, type Node } from 'jsonc-parser';

/**
 * Whether two valid JSON texts say the same: compared by value, numbers by their spelling (1.0 is not 1), the order of
 * members ignored (docs/CONTRACT.md §3).
 */
export function sameJson(left: string, right: string): boolean {
  if (left === right) return true;
  return same({ text: left, node: parseTree(left) }, { text: right, node: parseTree(right) });
}

interface Side {
  text: string;
  node: Node | undefined;
}

function same(left: Side, right: Side): boolean {
  const [a, b] = [left.node, right.node];
  if (!a || !b || a.type !== b.type) return false;
  if (a.type === 'number') return spelling(left.text, a) === spelling(right.text, b);
  if (!a.children || !b.children) return a.value === b.value;
  if (a.children.length !== b.children.length) return false;
  if (a.type === 'object') {
    const others = membersOf(b);
    return [...membersOf(a)].every(([name, node]) =>
      same({ text: left.text, node }, { text: right.text, node: others.get(name) }),
    );
  }
  const others = b.children;
  return a.children.every((node, index) => same({ text: left.text, node }, { text: right.text, node: others[index] }));
}

function membersOf({ children = [] }: Node): Map<unknown, Node | undefined> {
  return new Map(children.map((property) => [property.children?.[0]?.value, property.children?.[1]]));
}

function spelling(text: string, { offset, length }: Node): string {
  return text.slice(offset, offset + length);
}
