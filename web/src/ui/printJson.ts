import type { JsonNode } from './jsonNodes.ts';

/** Two spaces a level. */
const INDENT = '  ';

/** A JSON text anew, indented; every value as it was written. In time that grows with its length. */
export function printJson(root: JsonNode): string {
  const parts: string[] = [];
  write(root, '\n', parts);
  return parts.join('');
}

function write(node: JsonNode, line: string, parts: string[]): void {
  const { kind, text, children } = node;
  if (kind !== 'object' && kind !== 'array') {
    parts.push(text);
    return;
  }
  const [open, close] = kind === 'object' ? '{}' : '[]';
  if (children.length === 0) {
    parts.push(`${open}${close}`);
    return;
  }
  const inner = line + INDENT;
  children.forEach((child, index) => {
    parts.push(index === 0 ? `${open}${inner}` : `,${inner}`);
    if (child.key !== null) parts.push(child.key, ': ');
    write(child, inner, parts);
  });
  parts.push(line, `${close}`);
}
