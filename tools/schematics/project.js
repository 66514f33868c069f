import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatted } from './formatted.js';

const templates = fileURLToPath(new URL('.', import.meta.url));

/** An app that answers by HTTP, with health and metrics, in apps/<name>. */
export const app = ({ name }) =>
  project(name, { folder: 'apps', template: 'app', type: 'application', entryFile: 'main', kind: 'app' });

/** A library, in libs/<name>, that is imported as @seckill/<name> and may import no other. */
export const library = ({ name }) => {
  const make = project(name, {
    folder: 'libs',
    template: 'library',
    type: 'library',
    entryFile: 'index',
    kind: 'lib',
  });
  return async (tree) => {
    await make(tree);
    await change(tree, 'tsconfig.json', ({ compilerOptions }) => {
      const paths = { ...compilerOptions.paths, [`@seckill/${name}`]: [`./libs/${name}/src/index.ts`] };
      compilerOptions.paths = Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)));
    });
    openRoom(tree, name);
  };
};

function project(name, { folder, template, type, entryFile, kind }) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) throw new Error(`"${name}" is no kebab-case name.`);
  const root = `${folder}/${name}`;
  return async (tree) => {
    await change(tree, 'nest-cli.json', ({ projects }) => {
      if (projects[name]) throw new Error(`There is a project "${name}" already.`);
      const compilerOptions = { tsConfigPath: `${root}/tsconfig.${kind}.json` };
      projects[name] = { type, root, entryFile, sourceRoot: `${root}/src`, compilerOptions };
    });
    for (const { path, text } of filesOf(template, name))
      tree.create(`${root}/${path}`, await formatted(`${root}/${path}`, text));
  };
}

/** The files of a template. `__name__` stands for the name, `__Name__` for that of a class. */
function filesOf(template, name) {
  const Name = name.replace(/(?:^|-)(.)/g, (_, letter) => letter.toUpperCase());
  const filled = (text) => text.replaceAll('__name__', name).replaceAll('__Name__', Name);
  const directory = join(templates, template);
  return readdirSync(directory, { recursive: true })
    .filter((file) => file.endsWith('.template'))
    .map((file) => ({
      path: filled(file.replaceAll('\\', '/').replace(/\.template$/, '')),
      text: filled(readFileSync(join(directory, file), 'utf8')),
    }));
}

async function change(tree, path, edit) {
  const json = tree.readJson(path);
  edit(json);
  tree.overwrite(path, await formatted(path, JSON.stringify(json, null, 2)));
}

/** Adds a library to the group that imports no other: the strictest one. As text, to keep the rest as it is. */
function openRoom(tree, name) {
  const rooms = tree.readText('.oxlintrc.json');
  const group =
    /"libs\/\{(\S+)\}\/\*\*\/\*\.ts"(?=[^{}]*\{[^{}]*"no-restricted-imports": \[[^\]]*"@seckill\/\*", "@tools\/\*", "\*\*\/apps\/\*\*"\])/;
  if (!group.test(rooms)) throw new Error('.oxlintrc.json has no group of libraries that import no other.');
  tree.overwrite(
    '.oxlintrc.json',
    rooms.replace(group, (_, names) => `"libs/{${names},${name}}/**/*.ts"`),
  );
}
