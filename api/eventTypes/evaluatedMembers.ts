import { _, str, type Ajv, type CodeKeywordDefinition, type KeywordCxt, type Name } from 'ajv';

/** A word for every schema, and schema within it, in one that says `unevaluatedProperties` or `unevaluatedItems`. */
export const TRACKS = 'x-relay-tracks';

/**
 * Lets Ajv know what has been evaluated as JSON Schema 2020-12 says. Its own code forgets what `$ref` or `allOf`
 * evaluated when the first of several branches does not hold, counts what an `if` that fails has seen, and takes "all
 * items" for one.
 */
export function withEvaluatedMembers<A extends Pick<Ajv, 'addKeyword' | 'removeKeyword'>>(ajv: A): A {
  for (const definition of [condition, unevaluatedItems]) ajv.removeKeyword(definition.keyword as string);
  for (const definition of [tracks, condition, unevaluatedItems]) ajv.addKeyword(definition);
  return ajv;
}

/** Begins the notes before any branch does, so that they are never begun within one. */
const tracks: CodeKeywordDefinition = {
  keyword: TRACKS,
  before: '$ref',
  code({ gen, it }) {
    it.props = gen.var('props', _`{}`);
    it.items = gen.var('items', 0);
  },
};

const condition: CodeKeywordDefinition = {
  keyword: 'if',
  schemaType: ['object', 'boolean'],
  trackErrors: true,
  error: {
    message: ({ params }) => str`must match "${params['ifClause']}" schema`,
    params: ({ params }) => _`{failingKeyword: ${params['ifClause']}}`,
  },
  code(cxt) {
    const { gen } = cxt;
    const valid = gen.let('valid', true);
    const clause = gen.let('ifClause');
    cxt.setParams({ ifClause: clause });
    const holds = gen.name('_valid');
    const tried = cxt.subschema({ keyword: 'if', compositeRule: true, createErrors: false, allErrors: false }, holds);
    cxt.reset();
    cxt.mergeValidEvaluated(tried, holds);
    gen.if(
      holds,
      () => apply(cxt, 'then', { valid, clause }),
      () => apply(cxt, 'else', { valid, clause }),
    );
    cxt.pass(valid, () => cxt.error(true));
  },
};

function apply(cxt: KeywordCxt, keyword: 'then' | 'else', { valid, clause }: { valid: Name; clause: Name }): void {
  const { gen } = cxt;
  if (cxt.parentSchema[keyword] === undefined) return;
  const fits = gen.name('_valid');
  const applied = cxt.subschema({ keyword }, fits);
  gen.assign(valid, fits);
  cxt.mergeValidEvaluated(applied, valid);
  gen.assign(clause, _`${keyword}`);
}

const unevaluatedItems: CodeKeywordDefinition = {
  keyword: 'unevaluatedItems',
  type: 'array',
  schemaType: ['boolean', 'object'],
  error: {
    message: ({ params }) => str`must NOT have more than ${params['len']} items`,
    params: ({ params }) => _`{limit: ${params['len']}}`,
  },
  code(cxt) {
    const { gen, data, it } = cxt;
    const seen = it.items ?? 0;
    it.items = true;
    if (seen === true) return;
    const valid = gen.var('valid', true);
    cxt.setParams({ len: seen });
    gen.if(_`${seen} !== true`, () => {
      if (cxt.schema === false) gen.assign(valid, _`${data}.length <= ${seen}`);
      else checkRest(cxt, { valid, seen });
    });
    if (cxt.schema === false) cxt.pass(valid);
    else cxt.ok(valid);
  },
};

function checkRest(cxt: KeywordCxt, { valid, seen }: { valid: Name; seen: Name | number }): void {
  const { gen, data } = cxt;
  gen.forRange('i', seen, _`${data}.length`, (i) => {
    cxt.subschema({ keyword: 'unevaluatedItems', dataProp: i, dataPropType: 0 }, valid);
    gen.if(_`!${valid}`, () => gen.break());
  });
}
