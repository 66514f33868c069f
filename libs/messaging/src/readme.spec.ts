import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const root = join(import.meta.dirname, '..', '..', '..');
const readme = readFileSync(join(root, 'libs', 'messaging', 'README.md'), 'utf8');
const INDEX = join(root, 'libs', 'messaging', 'src', 'index.ts');

/** Code blocks, each with the prelude in the comment before it. */
const snippets = [...readme.matchAll(/(?:<!-- prelude\n([\s\S]*?)-->\s*)?```ts\n([\s\S]*?)```/g)].map(
  ([, prelude = '', code = ''], i) => ({
    file: join(root, 'libs', 'messaging', 'src', `readme-snippet-${i + 1}.ts`),
    text: `${prelude}\n${code}\nexport {};`,
  }),
);

/** A program with the repository's compiler options, and the snippets as files beside the sources. */
function compile(): ts.Program {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, ' '));
      },
      // The files of the project do not matter here, and searching them is slow.
      readDirectory: () => [],
    },
  )!;
  const options = { ...config.options, noUnusedLocals: false, noUnusedParameters: false };
  const disk = ts.createCompilerHost(options);
  const texts = new Map(snippets.map(({ file, text }) => [file, text]));
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (file) => texts.has(file) || disk.fileExists(file),
    readFile: (file) => texts.get(file) ?? disk.readFile(file),
    getSourceFile: (file, version, ...rest) => {
      const text = texts.get(file);
      if (text === undefined) return disk.getSourceFile(file, version, ...rest);
      return ts.createSourceFile(file, text, version, true);
    },
  };
  return ts.createProgram([INDEX, ...texts.keys()], options, host);
}

describe('the README', () => {
  let program: ts.Program;
  beforeAll(() => {
    program = compile();
  }, 120_000);

  const exported = () => {
    const checker = program.getTypeChecker();
    const index = checker.getSymbolAtLocation(program.getSourceFile(INDEX)!)!;
    return new Map(
      checker.getExportsOfModule(index).map((symbol) => {
        const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
        return [symbol.name, isAlias ? checker.getAliasedSymbol(symbol) : symbol];
      }),
    );
  };

  it('has snippets that compile', () => {
    expect(snippets.length).toBeGreaterThanOrEqual(9);
    const complaints = snippets.flatMap(({ file }) => {
      const source = program.getSourceFile(file)!;
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        ({ messageText, start = 0 }) => {
          const line = source.getLineAndCharacterOfPosition(start).line;
          return `${source.text.split('\n')[line]}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
        },
      );
    });
    expect(complaints).toEqual([]);
  }, 120_000);

  it.each(['RocketMqServer', 'GrpcReplySender', 'RocketMqClient', 'GrpcReplyReceiver'])(
    'lists every option of %s, and no other',
    (name) => {
      const section = readme.split(`### Options of \`${name}\``)[1]!.split(/\n##/)[0]!;
      const listed = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, option]) => option);
      expect(listed).toEqual([...exported().get(`${name}Options`)!.members!.keys()]);
    },
  );

  it('is complete: every export has a docstring', () => {
    const checker = program.getTypeChecker();
    const silent = [...exported()]
      .filter(([, symbol]) => symbol.getDocumentationComment(checker).length === 0)
      .map(([name]) => name);
    expect(silent).toEqual([]);
  });
});
