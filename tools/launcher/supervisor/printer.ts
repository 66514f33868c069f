/** Cyan, green, yellow, magenta, blue, bright cyan, bright green, bright yellow. */
const colours = [36, 32, 33, 35, 34, 96, 92, 93];

/**
 * Writes lines of many processes so that they can be told apart: the name in front, in a column, and in a colour of its
 * own where the reader is a terminal.
 */
export class Printer {
  private readonly width: number;
  private readonly prefixes: ReadonlyMap<string, string>;

  constructor(
    names: readonly string[],
    private readonly coloured: boolean,
    private readonly write: (line: string) => void,
  ) {
    this.width = Math.max(...names.map((name) => name.length));
    this.prefixes = new Map(names.map((name, index) => [name, this.prefix(name, index)]));
  }

  /** An arrow function, so that it can be handed on. */
  readonly print = (name: string, line: string): void => {
    this.write(`${this.prefixes.get(name) ?? this.prefix(name, 0)} ${line}`);
  };

  private prefix(name: string, index: number): string {
    const text = `${name.padEnd(this.width)} |`;
    return this.coloured ? `\u001b[${colours[index % colours.length]}m${text}\u001b[39m` : text;
  }
}
