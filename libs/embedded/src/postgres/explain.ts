import { CannotStartError } from '../errors.js';

/** Turns what Postgres printed before it gave up into one line that says what to do. */
export function explain(
  output: string,
  { port, directory, cause }: { port: number | undefined; directory: string; cause?: unknown },
): CannotStartError {
  const options = { cause };
  if (isPortTaken(output))
    return new CannotStartError(
      `Port ${port} is taken by another program.`,
      'End that program or choose another port for Postgres.',
      options,
    );
  if (/No space left on device/i.test(output))
    return new CannotStartError(
      `The disk that holds ${directory} is full.`,
      'Make room and start again.',
      options,
    );
  if (/Permission denied|could not access directory|EACCES/i.test(output))
    return new CannotStartError(
      `Postgres may not use ${directory}: ${lastLine(output)}.`,
      'It does not run as root, so its user must be able to enter every folder above; choose another data directory.',
      options,
    );
  if (/incompatible with server|initialized by PostgreSQL version/i.test(output))
    return new CannotStartError(
      `${directory} was made by another version of Postgres.`,
      'Remove it, or start with the version that made it.',
      options,
    );
  return new CannotStartError('Postgres did not start:', lastLine(output), options);
}

/** Whether Postgres gave up because somebody else listens on its port. */
export function isPortTaken(output: string): boolean {
  return /could not bind IPv4 address|Address already in use/i.test(output);
}

/** Whether Postgres gave up because the last of a killed predecessor's processes are still going. */
export function isPredecessorGoing(output: string): boolean {
  return /pre-existing shared memory block/i.test(output);
}

function lastLine(output: string): string {
  const lines = output.trim().split('\n');
  return (lines.findLast((line) => /FATAL|ERROR|PANIC|error:/.test(line)) ?? lines.at(-1) ?? '').trim();
}
