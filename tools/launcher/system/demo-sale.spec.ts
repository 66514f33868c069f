import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ShopRefusedError } from '@tools/load';
import { openDemoSale } from './demo-sale.js';

describe('openDemoSale', () => {
  let server: Server;
  let answer = 201;
  let asked: { line: string; headers: IncomingHttpHeaders; body: Record<string, unknown> }[] = [];
  const gateway = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const secret = 'a secret of at least 32 bytes, for this test';

  beforeEach(async () => {
    [answer, asked] = [201, []];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        const { method, url, headers } = request;
        asked.push({ line: `${method} ${url}`, headers, body: JSON.parse(body) as Record<string, unknown> });
        response.writeHead(answer).end('{"detail":"no"}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('makes a sale that is open now and for years, unless there is one', async () => {
    await openDemoSale([gateway()], secret);
    expect(asked).toHaveLength(1);
    const [{ line, headers, body }] = asked as [(typeof asked)[number]];
    expect(line).toBe('PUT /v1/admin/sales/demo');
    expect(headers['if-none-match']).toBe('*');
    expect(Date.parse(String(body['opensAt']))).toBeLessThanOrEqual(Date.now());
    expect(Date.parse(String(body['closesAt']))).toBeGreaterThan(Date.now() + 365 * 86_400_000);
  });

  it('leaves the one that is there as it is, and prints the same command', async () => {
    const made = await openDemoSale([gateway()], secret);
    answer = 412;
    const found = await openDemoSale([gateway()], secret);
    const words = ({ curl }: { curl: string }) => curl.replace(/Bearer [^']+/, 'Bearer …');
    expect(words(found)).toBe(words(made));
    expect(words(made)).toBe(
      `curl -i ${gateway()}/v1/sales/demo/purchases -H 'Authorization: Bearer …' -H 'Content-Type: application/json'` +
        ` -H 'Idempotency-Key: first-click' -d '{"quantity":1}'`,
    );
  });

  it('says what was refused', async () => {
    answer = 403;
    await expect(openDemoSale([gateway()], secret)).rejects.toThrow(ShopRefusedError);
  });
});
