import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PartName } from '../command/options.js';
import type { Machine } from '../measure/machine.js';

/** What a part has measured so far, as it is written to `<part>.json`. */
export interface PartResult<Data> {
  readonly part: PartName;
  readonly machine: Machine;
  readonly finished: boolean;
  readonly data: Data;
}

/** The folder of results: one file per part, replaced as a whole whenever something was measured. */
export class Results {
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  write<Data>(result: PartResult<Data>): void {
    this.writeText(`${result.part}.json`, `${JSON.stringify(result, undefined, 1)}\n`);
  }

  /** undefined when it was never measured */
  read<Data>(part: PartName): PartResult<Data> | undefined {
    const file = join(this.folder, `${part}.json`);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PartResult<Data>) : undefined;
  }

  /** Writes another file beside them. */
  writeText(name: string, text: string): void {
    const file = join(this.folder, name);
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }
}
