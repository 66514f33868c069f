import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A proxy to a server that breaks on command. */
export class BrokenLine {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mode: 'open' | 'silent' | 'cut after commit' = 'open';

  private constructor(target: number) {
    this.#server = createServer((inner) => {
      const outer = connect(target, '127.0.0.1');
      for (const socket of [inner, outer]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          (socket === inner ? outer : inner).destroy();
        });
      }
      inner.on('data', (bytes) => this.#mode !== 'silent' && outer.write(bytes));
      outer.on('data', (bytes) => {
        if (this.#mode === 'silent') return;
        // The answer to a commit: it is not forwarded.
        if (this.#mode === 'cut after commit' && bytes.includes('COMMIT\0')) inner.destroy();
        else inner.write(bytes);
      });
    });
  }

  /** @param url of the database behind it */
  static async to(url: string): Promise<{ line: BrokenLine; url: string }> {
    const target = new URL(url);
    const line = new BrokenLine(Number(target.port));
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve));
    target.port = String((line.#server.address() as AddressInfo).port);
    return { line, url: target.href };
  }

  /** Forwards nothing in either direction; connections stay open. */
  fallSilent(): void {
    this.#mode = 'silent';
  }

  /** Cuts a connection when the server confirms a commit on it, before the confirmation comes through. */
  cutAfterCommit(): void {
    this.#mode = 'cut after commit';
  }

  /** Works again, for new connections. */
  mend(): void {
    this.#mode = 'open';
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
