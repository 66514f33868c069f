import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@seckill/embedded';
import type { AppProcess } from './app-process.js';

/** Of each log. */
const LINES = 15;

let failures = 0;

/**
 * An error of a test with what its processes have to say: which ended by themselves, what they complained of, and where
 * all that they printed is kept.
 */
export function explained(error: unknown, processes: readonly AppProcess[]): Error {
  const directory = join(repositoryRoot(), '.data', 'test', 'logs', `${process.pid}-${++failures}`);
  mkdirSync(directory, { recursive: true });
  for (const { name, log } of processes) writeFileSync(join(directory, `${name}.log`), `${log}\n`);
  const told = error instanceof Error ? error : new Error(String(error));
  const words = [told.message, '', ...processes.flatMap(complaintsOf), `All logs: ${directory}`].join('\n');
  const { message, stack = '' } = told;
  told.message = words;
  told.stack = stack.includes(message) ? stack.replace(message, () => words) : `${words}\n${stack}`;
  return told;
}

/** The end of what a process complained of; all of the end when it ended although nobody asked it to. */
function complaintsOf({ name, log, endings }: AppProcess): string[] {
  const died = endings.find(({ asked }) => asked === undefined);
  const lines = log.split('\n');
  const relevant = died ? lines : lines.filter((line) => /"level":"(warn|error|fatal)"/.test(line));
  if (relevant.length === 0) return [];
  const title = died ? `${name} ${died.how} by itself; its last lines:` : `${name} complained:`;
  return [title, ...relevant.slice(-LINES).map((line) => `  ${line}`), ''];
}
