import { PROBLEMS } from '../../contract/problem.ts';
import type { OpenApiDocument, Operation } from '../openapi/document.ts';
import { INTRODUCTION, type Section } from '../openapi/introduction.ts';
import { Html, html, prose } from './html.ts';
import { renderOperation } from './renderOperation.ts';
import { renderMembers } from './renderSchema.ts';
import { STYLE } from './style.ts';

/** What the examples have for the address of Relay. */
const EXAMPLE_ORIGIN = 'http://localhost:5000';
const HOST = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** In one piece, since its hash is what the page's policy allows. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`);

interface Call {
  method: string;
  path: string;
  operation: Operation;
}

/** The API's description as one page that needs nothing else: no script, font or image. */
export function renderPage(document: OpenApiDocument): string {
  const { info, tags, paths, components } = document;
  const calls = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): Call => ({ method, path, operation })),
  );
  const groups = tags.map((tag) => ({
    ...tag,
    calls: calls.filter(({ operation }) => operation.tags[0] === tag.name),
  }));
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${info.title} API</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <header>
          <b>${info.title} API</b><small>${info.version}</small><a href="/api/openapi.json">OpenAPI</a
          ><a href="#contents">Contents</a>
        </header>
        <div class="page">
          <main>
            <h1>${info.title} API</h1>
            <p>${info.summary}</p>
            ${INTRODUCTION.map(renderSection)} ${renderCodes()}
            ${groups.map(
              (group) =>
                html`<section>
                  <h2 id="tag-${group.name}">${group.name}</h2>
                  <p>${prose(group.description)}</p>
                  ${group.calls.map((call) => renderOperation(document, call))}
                </section>`,
            )}
            <section>
              <h2 id="schemas">Schemas</h2>
              ${Object.entries(components.schemas).map(
                ([name, schema]) =>
                  html`<article id="schema-${name}">
                    <h3><a href="#schema-${name}">${name}</a></h3>
                    ${schema.description ? html`<p>${prose(schema.description)}</p>` : null} ${renderMembers(schema)}
                  </article>`,
              )}
            </section>
          </main>
          <nav id="contents" aria-label="Contents">
            <h2>Using the API</h2>
            <ul>
              ${INTRODUCTION.map(({ id, title }) => renderLink(id, title))} ${renderLink('codes', 'Error codes')}
            </ul>
            ${groups.map(
              (group) =>
                html`<h2>${group.name}</h2>
                  <ul>
                    ${group.calls.map(({ operation }) => renderLink(operation.operationId, operation.summary))}
                  </ul>`,
            )}
            <h2>Schemas</h2>
            <ul>
              ${Object.keys(components.schemas).map((name) => renderLink(`schema-${name}`, name))}
            </ul>
          </nav>
        </div>
      </body>
    </html>`;
  return page.text;
}

/** The same page for who reads it at another address, the header `Host` of the request; null when that is none. */
export function atOrigin(page: string, scheme: 'http' | 'https', host: string): string | null {
  return HOST.test(host) ? page.replaceAll(EXAMPLE_ORIGIN, `${scheme}://${host}`) : null;
}

function renderSection({ id, title, paragraphs, code }: Section): Html {
  return html`<section>
    <h2 id="${id}">${title}</h2>
    ${paragraphs.map((paragraph) => html`<p>${prose(paragraph)}</p>`)}
    ${code ? html`<pre tabindex="0"><code>${code}</code></pre>` : null}
  </section>`;
}

function renderCodes(): Html {
  return html`<section>
    <h2 id="codes">Error codes</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Code</th>
            <th>Status</th>
            <th>Meaning</th>
          </tr>
        </thead>
        <tbody>
          ${Object.entries(PROBLEMS).map(
            ([code, { status, title }]) =>
              html`<tr id="code-${code}">
                <th scope="row"><code>${code}</code></th>
                <td>${status}</td>
                <td>${title}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function renderLink(id: string, title: string): Html {
  return html`<li><a href="#${id}">${title}</a></li>`;
}
