import { parseTree, type Node } from 'jsonc-parser';

/** A value of a JSON text as it was written: numbers keep their spelling and objects their order. */
export interface JsonNode {
  /** Its name in its object, or its place in its list; null for the outermost. */
  name: string | null;
  kind: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
  /** The text as written. */
  text: string;
  children: JsonNode[];
}

/** The tree of a JSON text; null when it is none. */
export function jsonNodes(text: string): JsonNode | null {
  const root = parseTree(text);
  return root ? toNode(root, null, text) : null;
}

function toNode(node: Node, name: string | null, text: string): JsonNode {
  const children = (node.children ?? []).flatMap((child, index) => {
    if (node.type === 'array') return [toNode(child, String(index), text)];
    const [key, value] = child.children ?? [];
    return key && value ? [toNode(value, String(key.value), text)] : [];
  });
  const kind = node.type === 'property' ? 'null' : node.type;
  return { name, kind, text: text.slice(node.offset, node.offset + node.length), children };
}

/** "3 members", "1 item" */
export function sizeOf({ kind, children }: JsonNode): string {
  const word = kind === 'array' ? 'item' : 'member';
  return `${children.length} ${word}${children.length === 1 ? '' : 's'}`;
}
