/** Facts about an event, by name: a structured log keeps them apart from the message. */
export type LogFields = Record<string, unknown>;

/** The log that a library writes to. Nest's `Logger` fits; a test passes an object with three functions. */
export interface Log {
  log(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
