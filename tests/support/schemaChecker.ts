import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonSchema, OpenApiDocument } from '../../api/openapi/document.ts';

const DOCUMENT = 'openapi';

/** Tells what is wrong with a value by a schema of the document, whose components it may refer to. */
export function createSchemaChecker(document: OpenApiDocument): (schema: JsonSchema, value: unknown) => string[] {
  const ajv = addFormats.default(new Ajv2020({ allErrors: true, strict: true, strictTypes: false }));
  ajv.addVocabulary(['openapi', 'info', 'servers', 'tags', 'security', 'paths', 'webhooks', 'components']);
  ajv.addSchema(document, DOCUMENT);
  const compiled = new Map<string, ReturnType<Ajv2020['compile']>>();
  return (schema, value) => {
    const text = JSON.stringify(schema).replaceAll('"#/components/', `"${DOCUMENT}#/components/`);
    const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text) as JsonSchema);
    compiled.set(text, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}
