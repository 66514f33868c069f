/**
 * Which requests this gateway accepts. The phases follow each other in this order:
 * - `unregistered`: it accepts no purchases, because no other process knows where to deliver their outcomes.
 * - `open`: it is registered. It stays open when the registry's store becomes unreachable later: others keep copies of
 *   its address, and outcomes that they cannot deliver stay readable.
 * - `leaving`: it still accepts requests, but reports not ready, so that load balancers can stop routing to it.
 * - `closed`: it accepts no requests.
 */
export type AdmissionPhase = 'unregistered' | 'open' | 'leaving' | 'closed';

/** Whether this gateway accepts new requests. It never returns to an earlier phase. */
export class AdmissionState {
  #state: AdmissionPhase = 'unregistered';

  get state(): AdmissionPhase {
    return this.#state;
  }

  /** Whether it accepts purchases. */
  get takesPurchases(): boolean {
    return this.#state === 'open' || this.#state === 'leaving';
  }

  /** Whether it is shutting down: clients should reconnect, to another gateway. */
  get leaving(): boolean {
    return this.#state === 'leaving' || this.#state === 'closed';
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** This gateway is registered. No effect once it is leaving. */
  open(): void {
    if (this.#state === 'unregistered') this.#state = 'open';
  }

  /** Reports not ready from now on. */
  leave(): void {
    if (this.#state === 'open') this.#state = 'leaving';
    else if (this.#state === 'unregistered') this.#state = 'closed';
  }

  /** Accepts no requests from now on. */
  close(): void {
    this.#state = 'closed';
  }
}
