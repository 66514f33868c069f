// A plugin of buf: runs ts-proto, then writes the values of enums as plain words: "sold_out" for DECISION_SOLD_OUT.

import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { CodeGeneratorResponseSchema } from '@bufbuild/protobuf/wkt';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const tsProto = fileURLToPath(new URL('../../node_modules/.bin/protoc-gen-ts_proto', import.meta.url));
const { status, stdout } = spawnSync(tsProto, {
  input: readFileSync(0),
  stdio: ['pipe', 'pipe', 'inherit'],
  maxBuffer: 64 * 1024 * 1024,
});
if (status !== 0) process.exit(status ?? 1);

const response = fromBinary(CodeGeneratorResponseSchema, stdout);
for (const file of response.file) {
  file.content = file.content
    // A member of an enum: its name without the prefix, and the name in proto/.
    .replace(
      /^( {2}([A-Z][A-Z0-9_]*)): "(?:[A-Z0-9_]+_)?\2",$/gm,
      (_, member, word) => `${member}: "${word.toLowerCase()}",`,
    );
}
process.stdout.write(toBinary(CodeGeneratorResponseSchema, response));
