import { parseTree, type Node } from 'jsonc-parser';

/** A value of a JSON text as it was written: numbers keep their spelling and objects their order. */
export interface JsonNode {
  /** Its name in its object, or its place in its list; null for the outermost. */
  name: string | null;
  /** Its name in its object, as written, with its quotes; null elsewhere. */
  key: string | null;
  kind: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
  /** The text as written. */
  text: string;
  children: JsonNode[];
}

/** The tree of a JSON text; null when it is none. */
export function jsonNodes(text: string): JsonNode | null {
  const root = parseTree(text);
  return root ? toNode(root, { name: null, key: null }, text) : null;
}

function toNode(node: Node, names: Pick<JsonNode, 'name' | 'key'>, text: string): JsonNode {
  const children = (node.children ?? []).flatMap((child, index) => {
    if (node.type === 'array') return [toNode(child, { name: String(index), key: null }, text)];
    const [key, value] = child.children ?? [];
    if (!key || !value) return [];
    return [toNode(value, { name: String(key.value), key: text.slice(key.offset, key.offset + key.length) }, text)];
  });
  const kind = node.type === 'property' ? 'null' : node.type;
  return { ...names, kind, text: text.slice(node.offset, node.offset + node.length), children };
}

/** "3 members", "1 item" */
export function sizeOf({ kind, children }: JsonNode): string {
  const word = kind === 'array' ? 'item' : 'member';
  return `${children.length} ${word}${children.length === 1 ? '' : 's'}`;
}

/** So many children of a branch are shown at once, and more when they are asked for. */
export const CHILDREN_SHOWN = 200;

/** Down to which depth all can be open with at most so many rows, the outermost always; 1000 for all of it. */
export function depthWithin(root: JsonNode, maxRows: number): number {
  let level = [root];
  let rows = 1;
  for (let depth = 0; level.length > 0; depth++) {
    const next = level.flatMap(({ children }) => children.slice(0, CHILDREN_SHOWN));
    rows += next.length;
    if (rows > maxRows) return Math.max(1, depth);
    level = next;
  }
  return 1000;
}
