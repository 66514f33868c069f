import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Which way bytes go. */
export type Direction = 'to server' | 'to client';

/** Where a proxy leads. */
export interface Target {
  /** @default '127.0.0.1' */
  readonly host?: string;
  readonly port: number;
}

type Weather =
  | { readonly kind: 'pass' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  | { readonly kind: 'cut after'; readonly bytes: number }
  | { readonly kind: 'cut when'; readonly matches: (fromServer: Buffer) => boolean }
  | { readonly kind: 'freeze' }
  | { readonly kind: 'drop'; readonly directions: readonly Direction[] };

/**
 * A loopback TCP proxy between two processes that can misbehave on order: delay, swallow or cut what passes.
 * It keeps its port for all its life.
 */
export class TcpProxy {
  readonly #target: Target;
  readonly #links = new Set<Link>();
  #weather: Weather = { kind: 'pass' };
  #server: Server | undefined;
  #port = 0;

  private constructor(target: Target) {
    this.#target = target;
  }

  /** Starts a proxy on a free port of 127.0.0.1, letting everything pass. */
  static async start(target: Target): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await proxy.#listen();
    return proxy;
  }

  /** The port that clients use. */
  get port(): number {
    return this.#port;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#links.size;
  }

  /**
   * Lets everything pass, and listens again after a cut. A connection that has lost bytes is reset: no receiver may
   * see a stream with a hole in it.
   */
  async pass(): Promise<void> {
    this.#weather = { kind: 'pass' };
    for (const link of this.#links) {
      link.thaw();
      if (link.lostBytes && !link.forsaken) link.reset();
    }
    await this.#listen();
  }

  /**
   * Holds everything back until `pass`, which lets it go on: connections stay open and new ones are accepted, as by a
   * process that hangs.
   */
  freeze(): void {
    this.#weather = { kind: 'freeze' };
    for (const link of this.#links) link.freeze();
  }

  /** Holds every byte for `ms` in each direction, order kept. */
  async delay(ms: number): Promise<void> {
    await this.pass();
    this.#weather = { kind: 'delay', ms };
  }

  /**
   * Swallows bytes in silence, as a partition does: connections stay open, new ones are accepted, nothing arrives.
   * With one direction only, requests arrive whose answers do not, or the other way round.
   */
  drop(directions: readonly Direction[] = ['to server', 'to client']): void {
    this.#weather = { kind: 'drop', directions };
  }

  /** Lets through so many bytes a second in each direction of each connection; who sends more is held up. */
  async slow(bytesPerSecond: number): Promise<void> {
    await this.pass();
    this.#weather = { kind: 'slow', bytesPerSecond };
  }

  /** Resets each connection once so many more bytes have passed, in the middle of whatever they were. */
  async cutAfter(bytes: number): Promise<void> {
    await this.pass();
    for (const link of this.#links) link.passed = 0;
    this.#weather = { kind: 'cut after', bytes };
  }

  /** Resets a connection when its server sends bytes that match, before they reach the client. */
  async cutWhen(matches: (fromServer: Buffer) => boolean): Promise<void> {
    await this.pass();
    this.#weather = { kind: 'cut when', matches };
  }

  /**
   * Swallows for ever what the connections of now carry, and lets new ones pass: so it is when the other machine
   * vanished without a word and came back.
   */
  halfOpen(): void {
    for (const link of this.#links) link.forsaken = true;
  }

  /** Resets all connections; new ones pass. */
  reset(): void {
    for (const link of this.#links) link.reset();
  }

  /** Resets all connections and refuses new ones, as a dead process does. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && new Promise<void>((resolve) => server.close(() => resolve()));
    this.reset();
    await closed;
  }

  /** Ends the proxy for good. */
  close(): Promise<void> {
    return this.cut();
  }

  async #listen(): Promise<void> {
    if (this.#server) return;
    const server = createServer({ allowHalfOpen: true }, (client) => this.#connect(client));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: this.#port, exclusive: true }, resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
  }

  #connect(client: Socket): void {
    const { host = '127.0.0.1', port } = this.#target;
    const server = connect({ host, port, allowHalfOpen: true });
    const link = new Link(client, server, () => this.#weather);
    this.#links.add(link);
    if (this.#weather.kind === 'freeze') link.freeze();
    link.onEnd(() => this.#links.delete(link));
  }
}

/** One connection through the proxy: two sockets, and what is between them. */
class Link {
  lostBytes = false;
  /** Nothing passes any more. */
  forsaken = false;
  /** Bytes in both directions. */
  passed = 0;
  #frozen = false;
  readonly #sockets: readonly [Socket, Socket];
  readonly #weather: () => Weather;

  constructor(client: Socket, server: Socket, weather: () => Weather) {
    this.#sockets = [client, server];
    this.#weather = weather;
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      // A side that is gone takes the other one with it.
      socket.on('error', () => this.reset());
    }
    this.#pump(client, server, 'to server');
    this.#pump(server, client, 'to client');
  }

  /** Both sides see a connection reset; a side that is being told of the end already may see that. */
  reset(): void {
    for (const socket of this.#sockets) {
      // libuv refuses to reset a socket whose shutdown is under way. Node then never closes it, and the process
      // hangs in its exit.
      if (socket.writableEnded || socket.connecting) socket.destroy();
      else if (!socket.destroyed) socket.resetAndDestroy();
    }
  }

  freeze(): void {
    this.#frozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  thaw(): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    for (const socket of this.#sockets) socket.resume();
  }

  onEnd(listener: () => void): void {
    let open = this.#sockets.length;
    for (const socket of this.#sockets) {
      socket.once('close', () => {
        if (--open === 0) listener();
      });
    }
  }

  #pump(from: Socket, to: Socket, direction: Direction): void {
    const held = new HeldBack();
    const loses = (weather: Weather) =>
      this.forsaken || (weather.kind === 'drop' && weather.directions.includes(direction));
    const resume = () => {
      if (!this.#frozen) from.resume();
    };
    const write = (chunk: Buffer) => {
      if (to.destroyed || to.write(chunk)) return;
      from.pause();
      to.once('drain', resume);
    };
    from.on('data', (chunk: Buffer) => {
      const weather = this.#weather();
      this.passed += chunk.length;
      if (loses(weather)) this.lostBytes = true;
      else if (weather.kind === 'cut when' && direction === 'to client' && weather.matches(chunk))
        this.reset();
      else if (weather.kind === 'slow') {
        from.pause();
        held.add((chunk.length / weather.bytesPerSecond) * 1_000, () => {
          resume();
          write(chunk);
        });
      } else if (weather.kind === 'cut after' && this.passed > weather.bytes) {
        held.add(0, () => {
          write(chunk.subarray(0, Math.max(0, chunk.length - (this.passed - weather.bytes))));
          this.reset();
        });
      } else held.add(weather.kind === 'delay' ? weather.ms : 0, () => write(chunk));
    });
    from.once('end', () => {
      const weather = this.#weather();
      if (loses(weather)) this.lostBytes = true;
      else held.add(weather.kind === 'delay' ? weather.ms : 0, () => to.end());
    });
    from.once('close', () => held.clear());
  }
}

/** Does things some time later, in the order in which they came, even when the delay changes in between. */
class HeldBack {
  readonly #queue: { readonly at: number; readonly act: () => void }[] = [];
  #timer: NodeJS.Timeout | undefined;

  add(ms: number, act: () => void): void {
    this.#queue.push({ at: performance.now() + ms, act });
    if (!this.#timer) this.#release();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#queue.length = 0;
  }

  #release(): void {
    this.#timer = undefined;
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      const wait = next.at - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#release(), Math.ceil(wait));
        return;
      }
      this.#queue.shift();
      next.act();
    }
  }
}
