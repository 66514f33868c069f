import { createSigner } from 'fast-jwt';
import type { Requests } from './plan.js';

const MAKE_AT_ONCE = 1_000;

/** Makes requests, each of a user of its own. Tokens are made before they are needed and kept for later rounds. */
export class RequestMaker {
  readonly #tokens = new Map<string, string[]>();

  /** Makes the tokens of as many users, unless there are so many. */
  async prepare(requests: Requests, users: number): Promise<void> {
    if (requests.kind !== 'purchase') return;
    const tokens = this.#of(requests.secret);
    const sign = createSigner({ algorithm: 'HS256', key: requests.secret });
    while (tokens.length < users) {
      for (let i = 0; i < MAKE_AT_ONCE; i++) tokens.push(sign({ sub: `buyer-${tokens.length}` }));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The requests of a round, one per call; undefined when the users have run out. */
  round(requests: Requests): () => string | undefined {
    let n = 0;
    if (requests.kind === 'raw') {
      const { firstUser, items } = requests;
      return () => {
        const body = `{"userId":${firstUser + n},"skuId":${n++ % items}}`;
        return `POST /buy HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      };
    }
    const tokens = this.#of(requests.secret);
    const { paths, prefer } = requests;
    const body = '{"quantity":1}';
    const preferLine = prefer === undefined ? '' : `Prefer: ${prefer}\r\n`;
    const heads = paths.map((path) => `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer `);
    const tail = `\r\n${preferLine}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    return () => {
      const token = tokens[n];
      if (token === undefined) return undefined;
      return heads[n++ % heads.length]! + token + tail;
    };
  }

  #of(secret: string): string[] {
    let tokens = this.#tokens.get(secret);
    if (!tokens) this.#tokens.set(secret, (tokens = []));
    return tokens;
  }
}
