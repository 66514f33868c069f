// node tools/scripts/openapi.mjs [--check]   writes the gateway's OpenAPI document, and the types of its client from that.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTypes, { astToString } from 'openapi-typescript';
import { format } from 'prettier';
import { buildIfStale, root } from './build.mjs';

const documentFile = 'apps/gateway/openapi.json';
const typesFile = 'libs/gateway-client/src/generated/gateway-api.ts';

const described = join(root, 'dist', 'apps', 'gateway', 'src', 'docs', 'gateway-document.js');

await buildIfStale();
const { gatewayDocument } = await import(pathToFileURL(described).href);
const document = await gatewayDocument();
const types = astToString(await openapiTypes(document));
const files = {
  [documentFile]: await format(JSON.stringify(document), { parser: 'json', printWidth: 110 }),
  [typesFile]: `// Generated from ${documentFile} by npm run openapi.\n\n${types}`,
};

for (const [file, text] of Object.entries(files)) {
  const path = join(root, file);
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.error(`${file} is not what the gateway says of itself; \`npm run openapi\` mends it.`);
    process.exitCode = 1;
  }
}
