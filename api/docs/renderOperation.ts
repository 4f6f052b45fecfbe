import { PROBLEMS, type ProblemCode } from '../../contract/problem.ts';
import {
  isReference,
  type Content,
  type JsonSchema,
  type OpenApiDocument,
  type Operation,
  type Parameter,
  type ResponseObject,
} from '../openapi/document.ts';
import { PROBLEM_MEDIA_TYPE } from '../openapi/describeProblems.ts';
import { curlOf } from './curlOf.ts';
import { type Html, html, prose } from './html.ts';
import { nameOf, renderMeaning, renderMembers, renderType } from './renderSchema.ts';

/** One call: what it takes, an example, and what it answers. */
export function renderOperation(
  document: OpenApiDocument,
  { method, path, operation }: { method: string; path: string; operation: Operation },
): Html {
  const { operationId, summary, description = '', requestBody } = operation;
  return html`<article id="${operationId}">
    <h3><a href="#${operationId}">${summary}</a></h3>
    <p class="call"><span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code></p>
    ${description.split('\n\n').map((paragraph) => html`<p>${prose(paragraph)}</p>`)}
    ${renderParameters(document, operation)} ${requestBody ? renderBody(document, requestBody) : null}
    <h4>Example</h4>
    <pre tabindex="0"><code>${curlOf(method, path, operation)}</code></pre>
    ${renderAnswers(operation)} ${renderProblems(document, operation)}
  </article>`;
}

function renderParameters({ components }: OpenApiDocument, { parameters }: Operation): Html | null {
  const all = parameters
    .map((parameter) => (isReference(parameter) ? components.parameters[nameOf(parameter.$ref)] : parameter))
    .filter((parameter) => parameter !== undefined);
  if (all.length === 0) return null;
  return html`<h4>Parameters</h4>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Name</th>
            <th>In</th>
            <th>Type</th>
            <th>Meaning</th>
          </tr>
        </thead>
        <tbody>
          ${all.map(renderParameter)}
        </tbody>
      </table>
    </div>`;
}

function renderParameter({ name, in: place, required, description, schema }: Parameter): Html {
  return html`<tr>
    <th scope="row"><code>${name}</code>${required ? null : html` <small>optional</small>`}</th>
    <td>${place}</td>
    <td>${renderType(schema)}</td>
    <td>${renderMeaning({ ...schema, ...(description && { description }) })}</td>
  </tr>`;
}

function renderBody(document: OpenApiDocument, { required, content }: NonNullable<Operation['requestBody']>): Html {
  const schema = content['application/json']?.schema ?? {};
  return html`<h4>Body${required ? null : html` <small>may be left out</small>`}</h4>
    ${renderMembers(resolve(document, schema))}`;
}

function renderAnswers({ responses }: Operation): Html {
  const answers = Object.entries(responses).filter(
    (answer): answer is [string, ResponseObject] => !isReference(answer[1]),
  );
  return html`<h4>Answers</h4>
    ${answers.map(
      ([status, { description, headers = {}, content }]) =>
        html`<details>
          <summary><b>${status}</b> ${description}</summary>
          ${content ? html`<p>Body: ${bodyTypes(content)}</p>` : null}
          <p>Headers: ${Object.keys(headers).map((name, index) => html`${index ? ', ' : ''}<code>${name}</code>`)}</p>
          ${content ? renderExample(content) : null}
        </details>`,
    )}`;
}

function bodyTypes(content: Content): Html[] {
  return Object.entries(content).map(([type, { schema }]) =>
    type === 'application/json' ? renderType(schema) : html`<code>${type}</code>`,
  );
}

function renderExample(content: Content): Html | null {
  const example = content['application/json']?.example;
  return example === undefined ? null : html`<pre tabindex="0"><code>${JSON.stringify(example, null, 2)}</code></pre>`;
}

function renderProblems({ components }: OpenApiDocument, { responses }: Operation): Html {
  const codes = Object.values(responses)
    .filter(isReference)
    .flatMap(({ $ref }) =>
      Object.keys(components.responses[nameOf($ref)]?.content?.[PROBLEM_MEDIA_TYPE]?.examples ?? {}),
    );
  return html`<h4>Errors</h4>
    <p class="codes">
      ${(codes as ProblemCode[]).map(
        (code) =>
          html`<a href="#code-${code}" title="${PROBLEMS[code].title}"><b>${PROBLEMS[code].status}</b> ${code}</a> `,
      )}
    </p>`;
}

function resolve({ components }: OpenApiDocument, schema: JsonSchema): JsonSchema {
  return schema.$ref ? (components.schemas[nameOf(schema.$ref)] ?? {}) : schema;
}
