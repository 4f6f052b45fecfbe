import { listParameters, spanParameters, Uuid } from '../../contract/primitives.ts';
import type { Route } from '../http/route.ts';
import type { JsonSchema, Parameter, Reference } from './document.ts';

const PATH_PARAMETER = /:([A-Za-z0-9_]+)/g;

/** Parameters that many calls share, as components. */
export const SHARED_PARAMETERS: Record<string, Parameter> = Object.fromEntries(
  Object.entries({ ...listParameters, ...spanParameters }).map(([name, schema]) => [
    name,
    parameter('query', name, schema, false),
  ]),
);

/** A path as OpenAPI writes it, such as `/api/events/{id}`. */
export function openApiPath(path: string): string {
  return path.replace(PATH_PARAMETER, '{$1}');
}

/** What a route takes in its path, query string and headers. */
export function describeParameters({ path, parameters, query, requestHeaders = {} }: Route): (Parameter | Reference)[] {
  const { properties = {}, required = [] }: JsonSchema = query ?? {};
  return [
    ...[...path.matchAll(PATH_PARAMETER)].map(([, name = '']) =>
      parameter('path', name, parameters?.[name] ?? (name === 'id' ? Uuid : { type: 'string' }), true),
    ),
    ...Object.entries(properties).map(([name, schema]) => {
      const described = parameter('query', name, schema, required.includes(name));
      const isShared = JSON.stringify(SHARED_PARAMETERS[name]) === JSON.stringify(described);
      return isShared ? { $ref: `#/components/parameters/${name}` } : described;
    }),
    ...Object.entries(requestHeaders).map(([name, schema]) => parameter('header', name, schema, false)),
  ];
}

function parameter(place: Parameter['in'], name: string, schema: object, required: boolean): Parameter {
  const { description, ...rest } = JSON.parse(JSON.stringify(schema)) as JsonSchema;
  return { name, in: place, required, ...(description && { description }), schema: rest };
}
