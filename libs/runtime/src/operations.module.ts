import { Module, type DynamicModule } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { OperationsController } from './operations.controller.js';
import { Readiness } from './readiness.js';

/** The endpoints for operators that every process has: /health/live, /health/ready and /metrics. */
@Module({})
export class OperationsModule {
  /**
   * @param readiness the probes behind /health/ready
   * @param metrics the registry behind /metrics
   */
  static register(readiness: Readiness, metrics: Registry): DynamicModule {
    metrics.registerMetric(
      new Gauge({
        name: 'app_dependency_up',
        help: '1 if a dependency is there, as /health/ready says, by dependency',
        labelNames: ['dependency'],
        registers: [],
        collect() {
          for (const [dependency, isThere] of readiness.there()) this.set({ dependency }, isThere ? 1 : 0);
        },
      }),
    );
    return {
      module: OperationsModule,
      global: true,
      controllers: [OperationsController],
      providers: [
        { provide: Readiness, useValue: readiness },
        { provide: Registry, useValue: metrics },
      ],
      exports: [Readiness, Registry],
    };
  }
}
