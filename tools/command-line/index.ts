export { CommandLineError, ExplainedError, HelpRequest } from './errors.js';
export { describeOptions, flag, list, option, parseCommandLine } from './options.js';
export { commaSeparated, duration, oneOf, text, wholeNumber } from './readers.js';
export { runCommand } from './run-command.js';
export { bar, milliseconds, percent, table, whole } from './table.js';
