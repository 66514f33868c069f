import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '@seckill/embedded';
import { apps, read, settingsOf } from '../docker/testing/repository.js';

const root = repositoryRoot();

/** Paths in the repository of all Markdown files. */
const documents = [
  ...readdirSync(root),
  ...['docs', 'libs', 'docker', 'test', 'tools'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  ),
].filter((path) => path.endsWith('.md'));

/** Text without code, in which brackets are no links. */
const prose = (path: string) => read(path).replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '');

/** Anchors of headings, as GitHub makes them. */
const anchorsOf = (path: string) =>
  [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- ]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('the documents', () => {
  it.each(documents)('%s links to what exists', (path) => {
    const targets = [...prose(path).matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)]
      .map(([, link, image]) => (link ?? image)!)
      .filter((target) => !/^[a-z]+:/.test(target));
    const broken = targets.filter((target) => {
      const [file = '', anchor] = target.split('#');
      const linked = file === '' ? path : join(dirname(path), file);
      if (!existsSync(join(root, linked))) return true;
      return anchor !== undefined && !anchorsOf(linked).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('have one drawing, whose light and dark versions differ in their colours only', () => {
    const [light, dark] = ['light', 'dark'].map((theme) =>
      read(`docs/images/life-of-a-request-${theme}.svg`).replaceAll(/(--[\w-]+): #[0-9a-f]{6};/g, '$1'),
    );
    expect(dark).toBe(light);
  });

  it('name every folder of apps, libs and tools, and no other', () => {
    const folders = ['apps', 'libs', 'tools'].flatMap((parent) =>
      readdirSync(join(root, parent), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `${parent}/${name}`),
    );
    const listed = [...read('docs/folders.md').matchAll(/^\| `((?:apps|libs|tools)\/[\w-]+)` /gm)];
    expect(new Set(listed.map(([, folder]) => folder))).toEqual(new Set(folders));
  });

  it('name every setting of the apps, and no other', () => {
    const rows = [...read('docs/settings.md').matchAll(/^\| (`[A-Z][^|]+)\|/gm)].map(([, names]) => names!);
    const listed = rows.flatMap((names) => [...names.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name));
    const known = new Set(apps.flatMap((app) => [...settingsOf(app)]));
    expect(new Set(listed)).toEqual(known);
  });
});
