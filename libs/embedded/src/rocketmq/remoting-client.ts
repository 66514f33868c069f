import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { z } from 'zod';
import { signedFields, type AccessKey, type RocketMqSecurity } from './security.js';

/** A response of RocketMQ's remoting protocol. */
export interface RemotingResponse {
  /** 0 means success. */
  readonly code: number;
  readonly remark: string;
  readonly body: Buffer;
}

const header = z.object({ opaque: z.number(), code: z.number(), remark: z.string().nullish() });

/**
 * A client of RocketMQ's remoting protocol, for requests of administrators. A frame is its length, the length of the
 * header (upper byte 0: JSON), the header and the body (RocketMQ `RemotingCommand.java`). It creates topics in
 * milliseconds, where the Java tool takes a second or two to start.
 */
export class RemotingClient {
  private readonly waiting = new Map<
    number,
    { resolve: (response: RemotingResponse) => void; reject: (error: Error) => void }
  >();
  private received = Buffer.alloc(0);
  private opaque = 0;

  private constructor(
    private readonly socket: Socket,
    private readonly admin: AccessKey | undefined,
  ) {
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('The connection to RocketMQ was closed.')));
  }

  /** Connects to a broker or a name server. @param security the same as at its start */
  static connect(
    host: string,
    port: number,
    { timeoutMs = 5_000, security }: { timeoutMs?: number; security?: RocketMqSecurity | undefined } = {},
  ): Promise<RemotingClient> {
    return new Promise((resolve, reject) => {
      const socket = security
        ? connectSecurely({ host, port, ca: readFileSync(security.caFile) })
        : connect({ host, port });
      socket.setTimeout(timeoutMs, () =>
        socket.destroy(new Error(`${host}:${port} did not answer within ${timeoutMs} ms.`)),
      );
      socket.once('error', reject);
      socket.once(security ? 'secureConnect' : 'connect', () => {
        socket.off('error', reject);
        resolve(new RemotingClient(socket, security?.admin));
      });
    });
  }

  /** Sends one request; several may be in progress at once. Rejects when the connection fails. */
  request(
    code: number,
    fields: Readonly<Record<string, string | number | boolean>>,
    body?: unknown,
  ): Promise<RemotingResponse> {
    const opaque = ++this.opaque;
    const content = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
    const words = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)]));
    const extFields = this.admin ? signedFields(this.admin, words, content) : words;
    const json = Buffer.from(
      JSON.stringify({
        code,
        flag: 0,
        language: 'OTHER',
        opaque,
        serializeTypeCurrentRPC: 'JSON',
        version: 0,
        extFields,
      }),
    );
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32BE(4 + json.length + content.length, 0);
    lengths.writeUInt32BE(json.length, 4);
    return new Promise((resolve, reject) => {
      this.waiting.set(opaque, { resolve, reject });
      this.socket.write(Buffer.concat([lengths, json, content]));
    });
  }

  /** Closes the connection; requests in progress are rejected. */
  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    while (this.received.length >= 4) {
      const end = 4 + this.received.readUInt32BE(0);
      if (this.received.length < end) return;
      const frame = this.received.subarray(4, end);
      this.received = this.received.subarray(end);
      const bodyAt = 4 + (frame.readUInt32BE(0) & 0xffffff);
      const { opaque, code, remark } = header.parse(JSON.parse(frame.toString('utf8', 4, bodyAt)));
      this.waiting
        .get(opaque)
        ?.resolve({ code, remark: remark ?? '', body: Buffer.from(frame.subarray(bodyAt)) });
      this.waiting.delete(opaque);
    }
  }

  private fail(error: Error): void {
    const abandoned = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of abandoned) reject(error);
  }
}
