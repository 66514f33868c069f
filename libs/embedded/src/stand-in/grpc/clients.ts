import type { Clock } from '@seckill/clock';

/** What is known of one client. */
interface Client {
  readonly group: string | undefined;
  streams: number;
  lastSeen: number;
}

/** Longer than the client's heartbeat, every 10 s. */
const presenceMs = 30_000;

/** Who is connected: by telemetry stream, or by a sign of life not long ago. */
export class Clients {
  readonly #clock: Clock;
  readonly #clients = new Map<string, Client>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A client told its settings over a stream of its own. */
  opened(clientId: string, group: string | undefined): void {
    const streams = (this.#clients.get(clientId)?.streams ?? 0) + 1;
    this.#clients.set(clientId, { group, streams, lastSeen: this.#clock.now() });
  }

  /** The stream ended. The client may come back with another. */
  closed(clientId: string): void {
    const client = this.#clients.get(clientId);
    if (!client) return;
    client.streams--;
    client.lastSeen = this.#clock.now();
  }

  /** Whether it has told its settings. */
  knows(clientId: string): boolean {
    return this.#clients.has(clientId);
  }

  /** A call of it came in. */
  seen(clientId: string): void {
    const client = this.#clients.get(clientId);
    if (client) client.lastSeen = this.#clock.now();
  }

  /** It said good-bye. @returns false when it was not known */
  left(clientId: string): boolean {
    return this.#clients.delete(clientId);
  }

  /** Whether what it holds is renewed for it. */
  isAlive(clientId: string): boolean {
    const client = this.#clients.get(clientId);
    if (!client) return false;
    if (client.streams > 0 || client.lastSeen > this.#clock.now() - presenceMs) return true;
    this.#clients.delete(clientId);
    return false;
  }
}
