import { z } from 'zod';

/** Body of GET /v1/admin/gateways. */
export const gatewaysSchema = z
  .object({
    gateways: z.array(
      z.object({
        id: z.string(),
        address: z.string().meta({ description: 'host:port where it receives results.' }),
        state: z.enum(['ready', 'draining']),
        startedAt: z.iso.datetime(),
      }),
    ),
  })
  .meta({
    examples: [
      {
        gateways: [
          {
            id: 'gateway-01919f3c-7b1e-7c51-8a53-3f0c5d2e9b41',
            address: '10.0.0.7:4000',
            state: 'ready',
            startedAt: '2026-11-10T22:15:00.000Z',
          },
        ],
      },
    ],
  });

export type GatewaysView = z.output<typeof gatewaysSchema>;
