export { CommandLineError, ExplainedError, HelpRequest } from './errors.js';
export {
  describeOptions,
  flag,
  list,
  option,
  parseCommandLine,
  type CommandLine,
  type Option,
  type Values,
} from './options.js';
export { commaSeparated, duration, oneOf, text, wholeNumber, type Reader } from './readers.js';
export { runCommand } from './run-command.js';
export { bar, milliseconds, percent, table, whole } from './table.js';
