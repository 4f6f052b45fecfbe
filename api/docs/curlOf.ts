import type { Operation } from '../openapi/document.ts';
import { isReference } from '../openapi/document.ts';
import { exampleOf } from '../openapi/exampleOf.ts';

/** A line for the shell that makes a call, with `$RELAY` and `$KEY` for the server's address and the API key. */
export function curlOf(method: string, path: string, { parameters, security, requestBody }: Operation): string {
  let url = path;
  for (const parameter of parameters) {
    if (isReference(parameter) || parameter.in !== 'path') continue;
    url = url.replace(`{${parameter.name}}`, String(exampleOf(parameter.schema)));
  }
  const words = ['curl', ...(method === 'get' ? [] : ['-X', method.toUpperCase()]), `"$RELAY${url}"`];
  if (security.length > 0) words.push('-H', '"X-API-Key: $KEY"');
  const body = requestBody?.content['application/json'];
  if (!body) return words.join(' ');
  return `${words.join(' ')} \\\n  -d ${quote(JSON.stringify(body.example))}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
