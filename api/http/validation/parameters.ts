import { validationProblem } from '../problem.ts';

/**
 * The parameters of a query string, without the leading `?`.
 * @throws ApiProblem `validation_failed` when one is given twice or its percent-encoding is broken.
 */
export function readParameters(querystring: string): Record<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of querystring.split('&')) {
    if (pair === '') continue;
    const [name = '', ...value] = pair.split('=');
    const decodedName = decode(name);
    if (parameters.has(decodedName)) {
      throw validationProblem([{ path: decodedName, message: 'is given more than once' }]);
    }
    parameters.set(decodedName, decode(value.join('=')));
  }
  return Object.fromEntries(parameters);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw validationProblem([{ path: text, message: 'is not valid percent-encoded UTF-8' }]);
  }
}
