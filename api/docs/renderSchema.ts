import type { JsonSchema } from '../openapi/document.ts';
import { type Html, html, prose } from './html.ts';

/** What a schema allows, in a few words; named schemas are links. */
export function renderType(schema: JsonSchema): Html {
  const { $ref, anyOf, oneOf, enum: values, type, items, format, properties } = schema;
  if ($ref) {
    const name = nameOf($ref);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  const alternatives = anyOf ?? oneOf;
  if (alternatives) return join(alternatives.map(renderType), ' or ');
  if (values) {
    return join(
      values.map((value) => html`<code>${String(value)}</code>`),
      ' | ',
    );
  }
  if (type === 'array') return html`array of ${items ? renderType(items) : 'anything'}`;
  if (type === 'object' && properties) return html`object`;
  if (typeof schema.additionalProperties === 'object') return html`map to ${renderType(schema.additionalProperties)}`;
  if (format) return html`${type ?? ''} <small>${format}</small>`;
  return html`${type ?? 'anything'}`;
}

/** A table of an object's members, those of nested objects without a name below their own. */
export function renderMembers(schema: JsonSchema): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>Member</th>
          <th>Type</th>
          <th>Meaning</th>
        </tr>
      </thead>
      <tbody>
        ${rows(schema, '')}
      </tbody>
    </table>
  </div>`;
}

function rows(schema: JsonSchema, prefix: string): Html[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const inner = member.type === 'array' ? (member.items ?? {}) : member;
    const innerPrefix = `${prefix}${name}${member.type === 'array' ? '[]' : ''}.`;
    return [
      html`<tr>
        <th scope="row"><code>${prefix}${name}</code>${required.has(name) ? null : html` <small>optional</small>`}</th>
        <td>${renderType(member)}</td>
        <td>${renderMeaning(member)}</td>
      </tr>`,
      ...(inner.properties ? rows(inner, innerPrefix) : []),
    ];
  });
}

/** A schema's description and limits. */
export function renderMeaning(schema: JsonSchema): Html {
  const { description, anyOf = [] } = schema;
  const limits = [schema, ...anyOf].flatMap(limitsOf);
  return html`${description ? prose(description) : null}${
    limits.length > 0 ? html` <small class="limits">${limits.join(', ')}</small>` : null
  }`;
}

function limitsOf({
  minimum,
  maximum,
  minLength,
  maxLength,
  minItems,
  maxItems,
  default: value,
}: JsonSchema): string[] {
  return [
    ...range(minimum, maximum, ''),
    ...range(minLength, maxLength, ' characters'),
    ...range(minItems, maxItems, ' items'),
    ...(value === undefined ? [] : [`default ${JSON.stringify(value)}`]),
  ];
}

function range(low: number | undefined, high: number | undefined, unit: string): string[] {
  if (low === undefined && high === undefined) return [];
  if (high === undefined) return [`at least ${low ?? 0}${unit}`];
  if (low === undefined) return [`at most ${high}${unit}`];
  return [`${low} to ${high}${unit}`];
}

/** The last segment of a reference. */
export function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

function join(parts: Html[], separator: string): Html {
  return html`${parts.map((part, index) => (index === 0 ? part : html`${separator}${part}`))}`;
}
