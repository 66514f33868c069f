import { Controller, Get, Header, HttpCode, Res } from '@nestjs/common';
import { Registry } from 'prom-client';
import { Readiness, type ReadinessReport } from './readiness.js';

/** The part of the HTTP platform's response that sets a status. */
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

  /** 200 while the process can answer requests. */
  @Get('health/live')
  live(): { status: string } {
    return { status: 'live' };
  }

  /** 200 when it can take work; otherwise 503 with what is missing. Both name every dependency. */
  @Get('health/ready')
  @HttpCode(200)
  ready(@Res({ passthrough: true }) reply: Reply): ReadinessReport {
    const report = this.readiness.report();
    if (report.status !== 'ready') reply.status(503);
    return report;
  }

  /** Metrics in Prometheus' text format. */
  @Get('metrics')
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  @Header('cache-control', 'no-store')
  scrape(): Promise<string> {
    return this.metrics.metrics();
  }
}
