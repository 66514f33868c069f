import { Controller, Get, Header, Inject, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Registry } from '@seckill/registry';
import { JsonResponse } from '../docs/json-response.js';
import { ProblemResponses } from '../docs/problem-responses.js';
import { AdminGuard } from '../token/token.guard.js';
import type { GatewaysView } from './gateways.schema.js';

/** The registry, as far as the gateway reads it. */
export type Instances = Pick<Registry, 'list'>;

/** Injection token of the Instances. */
export const INSTANCES = Symbol('INSTANCES');

/** The gateways that the registry knows. */
@ApiTags('Administration')
@Controller('v1/admin/gateways')
@UseGuards(AdminGuard)
export class AdminGatewaysController {
  constructor(@Inject(INSTANCES) private readonly instances: Instances) {}

  /** From this gateway's copy of the registry, which stays available during an outage of the store. */
  @Get()
  @Header('cache-control', 'no-store')
  @ApiBearerAuth()
  @ApiOperation({
    operationId: 'listGateways',
    summary: 'The gateways',
    description: 'Requires the scope sales:admin.',
  })
  @JsonResponse(200, 'The gateways.', 'Gateways')
  @ProblemResponses('unauthorized', 'insufficient-scope', 'internal', 'unavailable')
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
