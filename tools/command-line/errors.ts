/** Something that the reader can mend. The message is all that is shown: no stack. */
export class ExplainedError extends Error {
  override readonly name: string = 'ExplainedError';
}

/** The command line is wrong. The message is one line that says what to write instead. */
export class CommandLineError extends ExplainedError {
  override readonly name = 'CommandLineError';
}

/** `--help` was given. The message is the help text. */
export class HelpRequest extends Error {
  override readonly name = 'HelpRequest';
}
