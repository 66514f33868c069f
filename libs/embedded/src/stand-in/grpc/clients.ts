import type { Clock } from '@seckill/clock';

interface Client {
  readonly group: string | undefined;
  streams: number;
  lastSeen: number;
}

/** Longer than the interval of the client's heartbeats, 10 s. */
const presenceMs = 30_000;

/** The connected clients: those with a telemetry stream, or with a recent call. */
export class Clients {
  readonly #clock: Clock;
  readonly #clients = new Map<string, Client>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A client has sent its settings on a new stream. */
  opened(clientId: string, group: string | undefined): void {
    const streams = (this.#clients.get(clientId)?.streams ?? 0) + 1;
    this.#clients.set(clientId, { group, streams, lastSeen: this.#clock.now() });
  }

  /** A stream has ended. The client may open another one. */
  closed(clientId: string): void {
    const client = this.#clients.get(clientId);
    if (!client) return;
    client.streams--;
    client.lastSeen = this.#clock.now();
  }

  /** Whether it has sent its settings. */
  knows(clientId: string): boolean {
    return this.#clients.has(clientId);
  }

  /** The client has made a call. */
  seen(clientId: string): void {
    const client = this.#clients.get(clientId);
    if (client) client.lastSeen = this.#clock.now();
  }

  /** The client has disconnected in an orderly way. @returns false when it was not known */
  left(clientId: string): boolean {
    return this.#clients.delete(clientId);
  }

  /** Whether it is connected, so that its leases are renewed. */
  isAlive(clientId: string): boolean {
    const client = this.#clients.get(clientId);
    if (!client) return false;
    if (client.streams > 0 || client.lastSeen > this.#clock.now() - presenceMs) return true;
    this.#clients.delete(clientId);
    return false;
  }
}
