import { join } from 'node:path';
import ts from 'typescript';

const FORMAT =
  ts.TypeFormatFlags.NoTruncation |
  ts.TypeFormatFlags.InTypeAlias |
  ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope |
  ts.TypeFormatFlags.MultilineObjectLiterals;

/**
 * The declarations of an entry and of all that it imports, in one file without imports of its own: the contract's types, which the
 * sources derive from schemas, are written out, so that who uses them needs no schemas.
 * @param entry the path of the file; everything that it exports is exported.
 */
export function declarationsOf(root: string, entry: string): string {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram([join(root, entry)], {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
  });
  const checker = program.getTypeChecker();
  const own = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(join(root, 'client/')));
  const named = new Map<string, string>();
  for (const file of own) {
    for (const statement of file.statements) {
      if (ts.isImportDeclaration(statement)) writeOutContract(statement, checker, named);
    }
  }
  const main = program.getSourceFile(join(root, entry));
  const symbol = main && checker.getSymbolAtLocation(main);
  const exported = new Set(symbol ? checker.getExportsOfModule(symbol).map(({ name }) => name) : []);
  const parts = own.map((file) => declarationOf(program, file, exported));
  const node = parts.some((part) => part.isOfNode)
    ? `import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';\n`
    : '';
  return `${node}${[...named.values(), ...parts.map(({ text }) => text)].join('\n')}\nexport {};\n`;
}

/** Every type that is imported of the contract, by its name, with all its members. */
function writeOutContract(statement: ts.ImportDeclaration, checker: ts.TypeChecker, named: Map<string, string>): void {
  if (!ts.isStringLiteral(statement.moduleSpecifier) || !statement.moduleSpecifier.text.includes('/contract/')) return;
  const bindings = statement.importClause?.namedBindings;
  if (!bindings || !ts.isNamedImports(bindings)) return;
  for (const { name } of bindings.elements) {
    const symbol = checker.getSymbolAtLocation(name);
    if (!symbol || named.has(name.text)) continue;
    const original = checker.getAliasedSymbol(symbol);
    const declaration = original.declarations?.find(
      (one) => ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one),
    );
    const type = checker.getDeclaredTypeOfSymbol(original);
    const inFull = (one: ts.Type) => checker.typeToString(one, undefined, FORMAT);
    const parameters = declaration?.typeParameters?.map((parameter) => parameter.getText()).join(', ');
    const members = type.getProperties().map((member) => `${member.name}: ${inFull(checker.getTypeOfSymbol(member))};`);
    named.set(
      name.text,
      parameters
        ? `export interface ${name.text}<${parameters}> { ${members.join(' ')} }`
        : `export type ${name.text} = ${inFull(type)};`,
    );
  }
}

/** A file's own declarations, without what it imports and hands on. */
function declarationOf(
  program: ts.Program,
  file: ts.SourceFile,
  exported: ReadonlySet<string>,
): { text: string; isOfNode: boolean } {
  let text = '';
  program.emit(file, (_name, written) => (text = written), undefined, true);
  const parsed = ts.createSourceFile('declarations.d.ts', text, ts.ScriptTarget.Latest, true);
  const kept = parsed.statements.filter(
    (statement) => !ts.isImportDeclaration(statement) && !(ts.isExportDeclaration(statement) && statement.exportClause),
  );
  return {
    text: kept.map((statement) => withoutExport(statement, exported)).join('\n'),
    isOfNode: /from 'node:http'|from "node:http"/.test(text),
  };
}

/** A value that only other files of the package use is not exported. */
function withoutExport(statement: ts.Statement, exported: ReadonlySet<string>): string {
  const [full, text] = [statement.getFullText().trim(), statement.getText()];
  const isHidden = namesOf(statement).some((name) => !exported.has(name));
  return isHidden ? full.replace(text, () => text.replace(/^export /, '')) : full;
}

/** The names of the values that a statement declares. */
function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return [statement.name?.text ?? ''];
  return [];
}
