/**
 * How far this gateway is open, in the order in which the states follow each other:
 * - `unregistered`: it takes no purchases, since nobody could address an answer to it.
 * - `open`: it has been registered. It stays open when the registry's store cannot be reached later: others keep copies
 *   of its address, and what they cannot deliver stays readable.
 * - `leaving`: it still takes requests, but is not ready any more, so that whoever routes them can turn away first.
 * - `closed`: it takes no request of any kind.
 */
export type AdmissionPhase = 'unregistered' | 'open' | 'leaving' | 'closed';

/** The state of this gateway towards new requests. It only ever moves on. */
export class AdmissionState {
  #state: AdmissionPhase = 'unregistered';

  get state(): AdmissionPhase {
    return this.#state;
  }

  /** Whether purchases are taken. */
  get takesPurchases(): boolean {
    return this.#state === 'open' || this.#state === 'leaving';
  }

  /** Whether it is on its way out: clients had better not come again over the same connection. */
  get leaving(): boolean {
    return this.#state === 'leaving' || this.#state === 'closed';
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** This gateway is registered. Does nothing once it is leaving. */
  open(): void {
    if (this.#state === 'unregistered') this.#state = 'open';
  }

  /** Not ready any more. */
  leave(): void {
    if (this.#state === 'open') this.#state = 'leaving';
    else if (this.#state === 'unregistered') this.#state = 'closed';
  }

  /** No new requests from now on. */
  close(): void {
    this.#state = 'closed';
  }
}
