import { createRequire } from 'node:module';
import ts from 'typescript';
import { formatted } from './formatted.js';

const here = createRequire(import.meta.url);
// A dependency of @nestjs/schematics, so it is looked up from there.
const fromNest = createRequire(here.resolve('@nestjs/schematics'));
const { chain, externalSchematic } = fromNest('@angular-devkit/schematics');

/** What Nest's generator of the same name makes, in the style of this repository. */
export function element(options) {
  return (_tree, context) =>
    chain([externalSchematic('@nestjs/schematics', context.schematic.description.name, options), adapt]);
}

async function adapt(tree) {
  const paths = new Set(tree.actions.filter(({ kind }) => kind !== 'd').map(({ path }) => path));
  for (const path of paths) {
    if (!path.endsWith('.ts')) continue;
    const text = tree.readText(path);
    const adapted = withUnusedMarked(text)
      .replace(/(?<=[:<] *)any\b/g, 'unknown')
      // What a body brings is there without a constructor.
      .replace(/^( *id)(: number;)$/gm, '$1!$2');
    const whole = path.endsWith('.spec.ts') ? withJestImported(adapted) : adapted;
    tree.overwrite(path, await formatted(path, whole));
  }
}

/** Jest's functions are imported here, not global. */
function withJestImported(text) {
  const used = ['afterEach', 'beforeEach', 'describe', 'expect', 'it'].filter((name) =>
    new RegExp(`\\b${name}\\(`).test(text),
  );
  return `import { ${used.join(', ')} } from '@jest/globals';\n${text}`;
}

/** A parameter that waits for its use begins with an underscore, or it does not compile here. */
function withUnusedMarked(text) {
  const marks = [];
  const visit = (node) => {
    if (ts.isMethodDeclaration(node) && node.body) {
      for (const { name } of node.parameters)
        if (!new RegExp(`\\b${name.text}\\b`).test(node.body.getText())) marks.push(name.getStart());
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('generated.ts', text, ts.ScriptTarget.Latest, true));
  return marks.reduceRight((marked, at) => `${marked.slice(0, at)}_${marked.slice(at)}`, text);
}
