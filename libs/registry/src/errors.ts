/**
 * The store, such as a database, did not answer or answered with an error. The local copy is still served; heartbeats
 * and reads are retried until the store is back.
 */
export class StoreUnreachableError extends Error {
  override readonly name = 'StoreUnreachableError';
  readonly retryable = true;

  /** @param store its URL, without credentials */
  constructor(
    readonly store: string,
    cause: unknown,
  ) {
    super(
      `The registry at ${store} did not answer (${reason(cause)}). Known instances are still served, and the request ` +
        `is retried; if this lasts, check that the registry is running, its URL and its permissions.`,
      { cause },
    );
  }
}

/** The registry was closed before or during the call. */
export class RegistryClosedError extends Error {
  override readonly name = 'RegistryClosedError';
  readonly retryable = false;

  constructor() {
    super('The registry is closed and cannot be used any more. Open another one.');
  }
}

/** Another process holds the id of this lease. An id must be new for every start of a process. */
export class InstanceIdTakenError extends Error {
  override readonly name = 'InstanceIdTakenError';
  readonly retryable = false;

  constructor(readonly id: string) {
    super(
      `Another process has registered as ${id}, so this one is not registered. Make an id with newInstanceId(role) at each start.`,
    );
  }
}

/** Too many lookups of different unknown ids are in progress: this bounds the load on the store. */
export class TooManyLookupsError extends Error {
  override readonly name = 'TooManyLookupsError';
  readonly retryable = true;

  /** @param limit lookups in progress at once */
  constructor(readonly limit: number) {
    super(
      `${limit} lookups of unknown instances are in progress: this one was not tried. Try again shortly.`,
    );
  }
}

/** No adapter supports the scheme of the registry's URL. */
export class UnsupportedRegistryError extends Error {
  override readonly name = 'UnsupportedRegistryError';
  readonly retryable = false;

  /** @param scheme of the URL, such as `redis:` */
  constructor(readonly scheme: string) {
    super(
      `There is no registry for ${scheme || 'this URL'}: ` +
        `use postgres://user:password@host:5432/database or etcd://host:2379.`,
    );
  }
}

/** The URL of the registry has a supported scheme but is malformed. */
export class InvalidRegistryUrlError extends Error {
  override readonly name = 'InvalidRegistryUrlError';
  readonly retryable = false;

  /** @param problem what is wrong, and how it should look; without credentials */
  constructor(problem: string) {
    super(`The URL of the registry is wrong: ${problem}.`);
  }
}

function reason(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return reason(cause.errors[0]);
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
