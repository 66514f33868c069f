import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './generated/gateway-api.js';

/** The gateway's HTTP, typed by its OpenAPI document. Answers with a problem come as `error`, others as `data`. */
export type GatewayClient = Client<paths>;

/** How to reach a gateway. */
export interface GatewayClientOptions {
  /** Such as http://127.0.0.1:3000. */
  readonly baseUrl: string;
  /** Sent as bearer token. @default none, for what is public */
  readonly token?: string;
  /** @default the global one */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/**
 * A client of one gateway. Its calls reject only when there is no answer; pass `signal` to bound how long they wait.
 * Nothing is repeated: repeat a purchase with the same Idempotency-Key.
 */
export function gatewayClient({ baseUrl, token, fetch }: GatewayClientOptions): GatewayClient {
  return createClient<paths>({
    baseUrl,
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    ...(fetch && { fetch }),
  });
}
