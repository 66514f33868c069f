import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import { SaleAdmin } from './sale-admin.js';

// Repeated with "a minute ago" as it was then, it was refused: the first attempt had come through and opened the sale.
it('an administrator repeats a change that got no answer as it was', async () => {
  const bodies: unknown[] = [];
  const gateway = createServer((request, response) => {
    void json(request).then((body) => {
      bodies.push(body);
      response.writeHead(bodies.length < 3 ? 503 : 200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  try {
    const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
    await new SaleAdmin({ gateways: [url], token: 't' }).put('sale', { total: 1 });
    expect(bodies).toHaveLength(3);
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
  } finally {
    gateway.closeAllConnections();
    gateway.close();
  }
}, 30_000);
