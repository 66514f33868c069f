// node tools/scripts/check-dependencies.mjs [--list]   checks what package.json and its lock file say. --list prints the licences
// of everything that runs in production.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const json = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const { dependencies, devDependencies, scripts } = json('package.json');
const declared = { ...dependencies, ...devDependencies };
const locked = Object.entries(json('package-lock.json').packages).filter(([path]) => path !== '');
const nameOf = (path) => path.split('node_modules/').at(-1);

/** Permissive: they ask for their notice to be kept, and nothing else. */
const licences = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Python-2.0',
  'Zlib',
]);

/** Builds of a package for other machines, which carry no licence field of their own. */
const licenceElsewhere = [[/^@msgpackr-extract\//, 'MIT']];

/** Used otherwise than by an import, or by what is being built at this time. */
const usedOtherwise = {
  '@bufbuild/buf': 'npm run generate',
  '@nestjs/cli': 'npx nest, tools/scripts/build.mjs',
  '@swc/core': 'beneath @swc/jest',
  '@swc/jest': 'jest.config.js',
  jest: 'tools/scripts/test.mjs',
  '@grpc/proto-loader': 'beneath the gRPC of @nestjs/microservices',
  'oxlint-tsgolint': 'beneath oxlint --type-aware',
  'reflect-metadata': 'beneath @nestjs/common',
  ioredis: 'beneath bullmq, which takes it as a peer',
  'ts-proto': 'buf.gen.yaml',
};

function checkVersions() {
  const loose = Object.entries(declared).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  const lockedAs = (name) => locked.find(([path]) => path === `node_modules/${name}`)?.[1].version;
  const apart = Object.entries(declared).filter(([name, version]) => lockedAs(name) !== version);
  return [
    ...loose.map(([name, version]) => `package.json asks for ${name} ${version}: give one exact version.`),
    ...apart.map(
      ([name, version]) => `package-lock.json has another ${name} than ${version}: run npm install.`,
    ),
    ...locked
      .filter(([, { resolved, link }]) => resolved && !link)
      .map(([path]) => `package-lock.json says where ${path} was downloaded: remove "resolved".`),
    ...locked
      // Builds for other machines than the one that wrote the lock file have none there.
      .filter(([, { integrity, link, optional }]) => !integrity && !link && !optional)
      .map(([path]) => `package-lock.json has no checksum of ${path}.`),
  ];
}

function checkCopies() {
  const copies = locked.filter(([path]) => nameOf(path) === '@grpc/grpc-js');
  // Two copies do not know each other's credentials and statuses.
  return copies.length === 1 ? [] : [`There are ${copies.length} copies of @grpc/grpc-js; one is needed.`];
}

const production = locked.filter(([, { dev }]) => !dev);

function licenceOf([path, { license }]) {
  const manifest = join(root, path, 'package.json');
  // What is installed counts; the lock file speaks for what other machines get.
  const installed = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).license : undefined;
  const name = nameOf(path);
  return installed ?? license ?? licenceElsewhere.find(([names]) => names.test(name))?.[1] ?? 'none';
}

function checkLicences() {
  return production.flatMap((entry) => {
    const licence = licenceOf(entry);
    const parts = String(licence)
      .replace(/[()]/g, '')
      .split(/ AND | OR /);
    return parts.every((part) => licences.has(part))
      ? []
      : [`${nameOf(entry[0])} has the licence ${licence}, which is not among those allowed here.`];
  });
}

function sources(directory) {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.(ts|js|mjs|template)$/.test(entry.name) ? [path] : [];
  });
}

const places = ['apps', 'libs', 'test', 'docker', 'tools'];
const files = [...places.filter((place) => existsSync(join(root, place))).flatMap(sources), 'jest.config.js'];
const imports = files.flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(
    /(?:\bfrom|\bimport|\bimport\(|\brequire\(|\bresolve\()\s*['"]((?:@[\w.-]+\/)?[\w.-]+)(?:\/[^'"\n]*)?['"]/gm,
  );
  return [...found].map(([, name]) => ({ file, name }));
});

function checkUse() {
  const used = new Set(imports.map(({ name }) => name));
  const commands = Object.values(scripts).join(' ');
  const isUsed = (name) =>
    used.has(name) ||
    used.has(name.replace('@types/', '')) ||
    name === '@types/node' ||
    Object.hasOwn(usedOtherwise, name) ||
    new RegExp(`(^|[ /])${name}[ /]`).test(commands) ||
    readFileSync(join(root, 'tools', 'schematics', 'collection.json'), 'utf8').includes(`"${name}"`);
  return Object.keys(declared)
    .filter((name) => !isUsed(name))
    .map((name) => `Nothing uses ${name}: remove it from package.json.`);
}

/** What runs in production must be there after npm ci --omit=dev. */
function checkDeclared() {
  const isShipped = (file) =>
    /^(apps|libs)\/[^/]+\/src\//.test(file) && !/\.spec\.ts$|\/testing\/|\/testing\.ts$/.test(file);
  const isOurs = (name) =>
    name.startsWith('@seckill/') || builtinModules.includes(name) || name.startsWith('node:');
  const missing = imports.filter(
    ({ file, name }) => isShipped(file) && !isOurs(name) && declared[name] && !dependencies[name],
  );
  return missing.map(({ file, name }) => `${file} imports ${name}, which is among devDependencies only.`);
}

if (process.argv.includes('--list')) {
  for (const entry of production) console.log(`${nameOf(entry[0])} ${entry[1].version}: ${licenceOf(entry)}`);
} else {
  const complaints = [checkVersions, checkCopies, checkLicences, checkUse, checkDeclared].flatMap((check) =>
    check(),
  );
  for (const complaint of complaints) console.error(complaint);
  process.exitCode = complaints.length > 0 ? 1 : 0;
}
