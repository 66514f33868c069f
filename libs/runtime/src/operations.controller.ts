import { Controller, Get, Header, HttpCode, Res } from '@nestjs/common';
import { Registry } from 'prom-client';
import { Readiness } from './readiness.js';

/** The part of a platform's response that is needed to set a status. */
interface Reply {
  status(code: number): unknown;
}

/** Health for orchestrators, metrics for Prometheus. */
@Controller()
export class OperationsController {
  constructor(
    private readonly readiness: Readiness,
    private readonly metrics: Registry,
  ) {}

  /** 200 as long as the process can answer at all. */
  @Get('health/live')
  live(): { status: string } {
    return { status: 'live' };
  }

  /** 200 when it should get work; 503 with what is missing otherwise. */
  @Get('health/ready')
  @HttpCode(200)
  ready(@Res({ passthrough: true }) reply: Reply): { status: string; missing?: Record<string, string> } {
    const missing = this.readiness.missing();
    if (Object.keys(missing).length === 0) return { status: 'ready' };
    reply.status(503);
    return { status: 'not ready', missing };
  }

  /** Metrics in Prometheus' text format. */
  @Get('metrics')
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  @Header('cache-control', 'no-store')
  scrape(): Promise<string> {
    return this.metrics.metrics();
  }
}
