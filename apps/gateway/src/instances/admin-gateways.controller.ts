import { Controller, Get, Header, Inject, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Registry } from '@seckill/registry';
import { z } from 'zod';
import { ProblemResponses } from '../docs/problem-responses.js';
import { AdminGuard } from '../token/token.guard.js';

/** Who is where, as far as the gateway wants to know. */
export type Instances = Pick<Registry, 'list'>;

/** Injection token of the Instances. */
export const INSTANCES = Symbol('INSTANCES');

const gatewaysSchema = z.object({
  gateways: z.array(
    z.object({
      id: z.string(),
      address: z.string().meta({ description: 'host:port where it receives results.' }),
      state: z.enum(['ready', 'draining']),
      startedAt: z.iso.datetime(),
    }),
  ),
});

type GatewaysView = z.output<typeof gatewaysSchema>;

/** The gateways that the registry knows. */
@ApiTags('Administration')
@Controller('v1/admin/gateways')
@UseGuards(AdminGuard)
export class AdminGatewaysController {
  constructor(@Inject(INSTANCES) private readonly instances: Instances) {}

  /** From this gateway's copy of the registry, which survives an outage of the registry's store. */
  @Get()
  @Header('cache-control', 'no-store')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'The gateways', description: 'Takes the scope sales:admin.' })
  @ApiResponse({ status: 200, description: 'The gateways.', standardSchema: gatewaysSchema })
  @ProblemResponses('unauthorized', 'insufficient-scope')
  list(): GatewaysView {
    const gateways = this.instances.list('gateway').map(({ id, address, state, startedAt }) => ({
      id,
      address,
      state,
      startedAt: new Date(startedAt).toISOString(),
    }));
    return { gateways };
  }
}
