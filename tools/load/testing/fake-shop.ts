import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger, LedgerOutcome } from '@tools/checker';
import { createVerifier } from 'fast-jwt';
import { tokensOf } from '../tokens.js';

const secret = 'a secret of at least 32 bytes, of the fake shop';

/** Makes the tokens that it accepts. */
export const fakeShopToken = tokensOf(secret);

/** What happens to one purchase. */
export type Treatment =
  'answer' | 'lose the answer' | 'never decide' | 'never answer' | 'unavailable' | 'pending' | 'too early';

interface Asked {
  readonly userId: string;
  readonly saleId: string;
  readonly quantity: number;
  readonly requestId: string;
}

/** A shop of one unit per user behind a tiny HTTP server that keeps the contract: for trying out the buyers. */
export class FakeShop {
  /** Most requests that were held at one time. */
  mostHeld = 0;
  readonly #server: Server;
  readonly #outcomes = new Map<string, LedgerOutcome>();
  readonly #waiting = new Map<string, Asked>();
  readonly #verify = createVerifier({ algorithms: ['HS256'], key: secret });
  readonly #treatments: (asked: Asked, attempt: number) => Treatment;
  readonly #total: number;
  #held = 0;
  #attempts = 0;
  #reserved = 0;

  private constructor(total: number, treatments: (asked: Asked, attempt: number) => Treatment) {
    this.#total = total;
    this.#treatments = treatments;
    this.#server = createServer((request, response) => void this.#receive(request, response));
  }

  /** @param treatments says what happens to the n-th purchase that comes in */
  static async open(
    total: number,
    treatments: (asked: Asked, attempt: number) => Treatment,
  ): Promise<FakeShop> {
    const shop = new FakeShop(total, treatments);
    await new Promise<void>((resolve) => shop.#server.listen(0, '127.0.0.1', resolve));
    return shop;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @param saleId what its only sale is to be called */
  ledger(saleId: string): Ledger {
    const [available, reserved] = [this.#total - this.#reserved, this.#reserved];
    const terms = { total: this.#total, perUserLimit: 1, opensAt: 0, closesAt: Number.MAX_SAFE_INTEGER };
    return {
      sales: [{ saleId, ...terms, available, reserved, sold: 0 }],
      outcomes: [...this.#outcomes.values()],
    };
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.mostHeld = Math.max(this.mostHeld, ++this.#held);
    response.once('close', () => this.#held--);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    // Long enough for others to come in meanwhile.
    await sleep(2);
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const { sub: userId } = this.#verify(token) as { sub: string };
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    const [, , , saleId = '', , requestId] = pathname.split('/');
    if (request.method === 'GET' && requestId === undefined) {
      const mine = [...this.#outcomes.values()].filter((row) => row.userId === userId);
      return send(response, 200, { purchases: mine.map(view) });
    }
    if (requestId !== undefined) return this.#read(requestId, searchParams.get('signature'), response);
    const { quantity } = JSON.parse(Buffer.concat(chunks).toString()) as { quantity: number };
    const key = request.headers['idempotency-key'];
    this.#buy(
      { userId, saleId, quantity, requestId: `${userId}/${String(key ?? this.#attempts)}` },
      response,
    );
  }

  #buy(asked: Asked, response: ServerResponse): void {
    const { requestId, saleId } = asked;
    const treatment = this.#treatments(asked, this.#attempts++);
    if (treatment === 'unavailable')
      return send(response, 503, { type: '/problems/unavailable', status: 503, requestId });
    if (treatment === 'too early')
      return send(response, 409, { type: '/problems/not-started', status: 409, requestId });
    if (treatment === 'never decide') return void response.socket?.resetAndDestroy();
    if (treatment === 'pending' && !this.#outcomes.has(requestId)) {
      this.#waiting.set(requestId, asked);
      response.setHeader(
        'location',
        `/v1/sales/${saleId}/purchases/${encodeURIComponent(requestId)}?signature=yes`,
      );
      return send(response, 202, { requestId, saleId, status: 'pending' });
    }
    const row = this.#decide(asked);
    if (treatment === 'never answer') return;
    if (treatment === 'lose the answer') return void response.socket?.resetAndDestroy();
    if (row.decision === 'reserved') return send(response, 201, view(row));
    const type = `/problems/${row.decision.replaceAll('_', '-')}`;
    return send(response, 409, { ...view(row), type, status: 409 });
  }

  #read(encoded: string, signature: string | null, response: ServerResponse): void {
    const requestId = decodeURIComponent(encoded);
    const row = this.#outcomes.get(requestId);
    if (row) return send(response, 200, view(row));
    const waiting = this.#waiting.get(requestId);
    if (!waiting || signature !== 'yes')
      return send(response, 404, { type: '/problems/not-found', status: 404 });
    // The first question sets off what the second one sees.
    setImmediate(() => this.#decide(waiting));
    return send(response, 200, {
      requestId,
      saleId: waiting.saleId,
      quantity: waiting.quantity,
      status: 'pending',
    });
  }

  #decide({ requestId, saleId, userId, quantity }: Asked): LedgerOutcome {
    const known = this.#outcomes.get(requestId);
    if (known) return known;
    const has = [...this.#outcomes.values()].some(
      (row) => row.userId === userId && row.decision === 'reserved',
    );
    const left = this.#total - this.#reserved;
    const decision = has ? 'limit_reached' : quantity > left ? 'sold_out' : 'reserved';
    if (decision === 'reserved') this.#reserved += quantity;
    const row = { requestId, saleId, userId, quantity, decision, decidedAt: Date.now() } as const;
    this.#outcomes.set(requestId, row);
    return row;
  }
}

function view({ decision, decidedAt, requestId, saleId, quantity }: LedgerOutcome) {
  return { requestId, saleId, quantity, status: decision, decidedAt: new Date(decidedAt).toISOString() };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
