/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  readonly name: string;
  /** What follows the name, without flags. */
  readonly words: string;
  /** `--from=build` as `from: build`. */
  readonly flags: Readonly<Record<string, string>>;
}

/** A stage: what it begins from, its name if it has one, and what is done in it. */
export interface Stage {
  readonly from: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** Reads as much of a Dockerfile as ours use: no heredocs, no escapes but the one at the end of a line. */
export function readDockerfile(text: string): Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  const stages: { from: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') {
      const [, from = '', as] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest) ?? [];
      stages.push({ from, name: as, instructions: [] });
      continue;
    }
    const flags: Record<string, string> = {};
    let words = rest;
    for (let flag; (flag = /^--([\w-]+)=(\S+)\s+/.exec(words)); words = words.slice(flag[0].length))
      flags[flag[1]!] = flag[2]!;
    const stage = stages.at(-1);
    if (!stage) throw new Error(`${name} stands before the first FROM`);
    stage.instructions.push({ name, words, flags });
  }
  return stages;
}

/** Variables that ENV sets in a stage, with the values of its ARGs put in. */
export function environmentOf(
  { instructions }: Stage,
  args: Readonly<Record<string, string>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { name, words } of instructions) {
    if (name !== 'ENV') continue;
    for (const [, variable, value] of words.matchAll(/(\w+)=(\S+)/g))
      env[variable!] = value!.replaceAll(/\$(\w+)/g, (_, arg: string) => args[arg] ?? '');
  }
  return env;
}
