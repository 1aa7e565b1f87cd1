// What a source file says in code and what it says in comments.
import ts from 'typescript';

/** A piece of text that people read, and where it begins. */
export interface Passage {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface SourceText {
  /** One for each line of a comment. */
  readonly comments: readonly Passage[];
  /** Identifiers, and the words of strings. */
  readonly words: ReadonlySet<string>;
  /** Names declared anywhere in the file: functions, classes and their members, variables, types. */
  readonly declared: ReadonlySet<string>;
  /** Constants of the module's own level. */
  readonly constants: readonly string[];
  /** Namespaces that it imports: name, and the module as it is written. */
  readonly namespaces: readonly { readonly name: string; readonly module: string }[];
}

/** Parses TypeScript, AssemblyScript or JavaScript. */
export function readSource(file: string, text: string): SourceText {
  const kind = file.endsWith('.mjs') || file.endsWith('.js') ? ts.ScriptKind.JS : ts.ScriptKind.TS;
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, kind);
  const comments: Passage[] = [];
  const words = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(source).filter((child) => !ts.isJSDoc(child));
    if (children.length > 0) {
      const { name } = node as Partial<ts.NamedDeclaration>;
      if (name !== undefined && !ts.isPropertyAccessExpression(node)) declared.add(name.getText(source));
      children.forEach(visit);
      return;
    }
    const start = node.getStart(source);
    addComments(comments, file, source, node.getFullStart(), start);
    for (const [word] of text.slice(start, node.end).matchAll(/[A-Za-z_$][\w$]*/g)) words.add(word);
  };
  visit(source);
  const constants: string[] = [];
  const namespaces: { name: string; module: string }[] = [];
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) constants.push(name.getText(source));
    } else if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
      const bindings = statement.importClause?.namedBindings;
      if (bindings !== undefined && ts.isNamespaceImport(bindings))
        namespaces.push({ name: bindings.name.text, module: statement.moduleSpecifier.text });
    }
  }
  return { comments, words, declared, constants, namespaces };
}

// Between two tokens stand spaces and comments, nothing else.
function addComments(into: Passage[], file: string, source: ts.SourceFile, from: number, to: number): void {
  const trivia = source.text.slice(from, to);
  if (!/\S/.test(trivia)) return;
  const first = source.getLineAndCharacterOfPosition(from).line + 1;
  trivia.split('\n').forEach((text, i) => {
    if (/\S/.test(text)) into.push({ file, line: first + i, text });
  });
}

/** The lines of a page of Markdown: prose, and the diagrams; not its samples of code. */
export function readPage(file: string, text: string): { prose: Passage[]; diagrams: Passage[] } {
  const prose: Passage[] = [];
  const diagrams: Passage[] = [];
  let block: string | undefined;
  text.split('\n').forEach((line, i) => {
    const passage = { file, line: i + 1, text: line };
    const fence = /^\s*```(\w*)/.exec(line);
    if (fence !== null) block = block === undefined ? fence[1] : undefined;
    else if (block === undefined) prose.push(passage);
    else if (block === 'mermaid') diagrams.push(passage);
  });
  return { prose, diagrams };
}
