/**
 * The store (a database, say) did not answer, or answered with an error. The local copy goes on being served;
 * heartbeats and reads are repeated until the store is back.
 */
export class StoreUnreachableError extends Error {
  override readonly name = 'StoreUnreachableError';
  readonly retryable = true;

  /** @param store where it was looked for, without credentials */
  constructor(
    readonly store: string,
    cause: unknown,
  ) {
    super(
      `The registry at ${store} did not answer (${reason(cause)}). Known instances are still served and it is asked ` +
        `again by itself; if this lasts, check the registry's URL, its rights and that it runs.`,
      { cause },
    );
  }
}

/** The registry was closed by its owner, before or while this was asked. */
export class RegistryClosedError extends Error {
  override readonly name = 'RegistryClosedError';
  readonly retryable = false;

  constructor() {
    super('The registry is closed: nothing can be registered or asked any more. Open another one.');
  }
}

/** Somebody else holds the id that this lease is for. An id must be new for every start of a process. */
export class InstanceIdTakenError extends Error {
  override readonly name = 'InstanceIdTakenError';
  readonly retryable = false;

  constructor(readonly id: string) {
    super(
      `Another process has registered as ${id}: this one cannot be found. Make an id with newInstanceId(role) at each start.`,
    );
  }
}

/** More different unknown ids are being asked for at once than the store is to be bothered with. */
export class TooManyLookupsError extends Error {
  override readonly name = 'TooManyLookupsError';
  readonly retryable = true;

  /** @param limit lookups under way at once */
  constructor(readonly limit: number) {
    super(`${limit} lookups of unknown instances are under way: this one was not tried. Try again shortly.`);
  }
}

/** There is no adapter for the URL of the registry. */
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

/** There is an adapter for the URL of the registry, but the URL makes no sense to it. */
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
