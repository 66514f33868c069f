import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { systemClock } from '@seckill/clock';
import { OperationsModule, Readiness } from '@seckill/runtime';
import { Registry as Metrics } from 'prom-client';
import { EdgeModule } from '../edge.module.js';
import { settingsFrom } from '../settings.js';
import { describeApi } from './open-api.js';

/** The OpenAPI document of the gateway, without starting one: in Nest's preview mode no handler runs. */
export async function gatewayDocument(): Promise<OpenAPIObject> {
  const nobody = undefined as never;
  const settings = settingsFrom({
    ROCKETMQ_ENDPOINTS: 'nowhere:8081',
    REGISTRY_URL: 'postgres://nowhere/registry',
    JWT_SECRET: 'not used to verify, but has 32 bytes',
  });
  const edge = EdgeModule.register({
    settings,
    purchases: nobody,
    inventory: nobody,
    instances: nobody,
    clock: systemClock,
    ageClock: systemClock,
  });
  const module = { ...edge, imports: [OperationsModule.register(new Readiness(), new Metrics())] };
  const app = await NestFactory.create(module, new FastifyAdapter(), { preview: true, logger: false });
  return describeApi(app);
}
