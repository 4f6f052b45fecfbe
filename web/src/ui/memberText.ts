import { findNodeAtLocation, parseTree } from 'jsonc-parser';

/** A member of a JSON text as it was written, so that big numbers and key order stay as they are. */
export function memberText(json: string, name: string): string {
  const root = parseTree(json);
  const node = root && findNodeAtLocation(root, [name]);
  return node ? json.slice(node.offset, node.offset + node.length) : 'null';
}
