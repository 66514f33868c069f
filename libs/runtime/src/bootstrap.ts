import { Logger, Module, type DynamicModule, type INestApplication } from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Log } from '@seckill/log';
import { newInstanceId, REGISTRY, RegistryModule, type Registry } from '@seckill/registry';
import { MutualTls } from '@seckill/tls';
import { collectDefaultMetrics, Registry as Metrics } from 'prom-client';
import {
  APP_CONTEXT,
  type AppContext,
  type AppDefinition,
  type AppLifecycle,
  type AppSettings,
} from './app.js';
import { OperationsModule } from './operations.module.js';
import { Readiness } from './readiness.js';
import { Registration } from './registration.js';
import { run, type Running } from './run.js';
import { stoppable } from './stop-in-order.js';

/** The root of every app: its own module, and what all apps have. */
@Module({})
class AppRoot {}

/** Of an app that depends on nothing. */
const plainLifecycle: AppLifecycle = {
  stopSteps: ({ leave, closeHttp }) => [
    { name: 'report not ready', withinMs: 500, run: leave },
    { name: 'close HTTP', withinMs: 5_000, run: closeHttp },
  ],
};

/**
 * Runs an app as this process: reads its settings, starts it, stops it in order on SIGTERM or SIGINT. All that an
 * `apps/<name>/src/main.ts` does.
 */
export async function bootstrap<Settings extends AppSettings>(app: AppDefinition<Settings>): Promise<void> {
  const id = newInstanceId(app.name);
  await run({ app: app.name, instanceId: id }, async () =>
    startApp(app, { id, settings: app.settings(process.env) }),
  );
}

/** What `startApp` starts an app with. */
export interface StartOptions<Settings extends AppSettings> {
  settings: Settings;
  /** @default a new one */
  id?: string;
  /** @default Nest's Logger with the name of the app */
  log?: Log;
}

/**
 * Starts one instance of an app, without touching the signals and the exit of the process: what `bootstrap` runs, and
 * what a test can start several times.
 *
 * In order: TLS, metrics, the application with its registry, `connect`, HTTP listens, `open`, the registration.
 */
export async function startApp<Settings extends AppSettings>(
  app: AppDefinition<Settings>,
  { settings, id = newInstanceId(app.name), log = new Logger(app.name) }: StartOptions<Settings>,
): Promise<Running> {
  const startedAt = Date.now();
  const tls = settings.tls && new MutualTls(settings.tls, { log });
  const metrics = new Metrics();
  collectDefaultMetrics({ register: metrics });
  const readiness = new Readiness();
  const registration = new Registration();
  const registry = registryOf(app.name, settings, log);
  const context: AppContext<Settings> = { id, settings, tls, metrics, log, registry };
  const root: DynamicModule = {
    module: AppRoot,
    global: true,
    imports: [OperationsModule.register(readiness, metrics), app.module(context)],
    providers: [{ provide: APP_CONTEXT, useValue: context }],
    exports: [APP_CONTEXT],
  };
  const nest = await (app.create ?? createApp)(root, settings);
  const lifecycle = app.lifecycle ? nest.get(app.lifecycle, { strict: false }) : plainLifecycle;

  if (settings.REGISTRY_URL !== undefined) {
    const missing = `${lifecycle.self ?? 'this instance'} is not registered`;
    // Without its store, others keep using their copies of this instance's address.
    const isNew = () => registration.isNew;
    readiness.add('registry', () => (registration.held ? undefined : missing), isNew);
  }
  lifecycle.addReadiness?.(readiness);

  await lifecycle.connect?.(nest);
  await nest.listen(settings.HTTP_PORT, '0.0.0.0');
  await lifecycle.open?.(nest);
  if (settings.REGISTRY_URL !== undefined) {
    const address = lifecycle.address?.();
    if (address === undefined) throw new Error(`${app.name} has no address: say it in its lifecycle`);
    const registering = registration
      .take(await opened(nest, registry), { id, role: app.name, address, startedAt })
      .then((instance) => lifecycle.registered?.(instance));
    if (lifecycle.awaitsRegistration) await registering;
    else
      registering.catch(
        (error: unknown) => registration.givenUp || log.error('registration failed', { error }),
      );
  }

  const steps = lifecycle.stopSteps({
    leave: () => {
      readiness.leave();
      registration.giveUp();
    },
    drain: () => registration.drain(),
    release: () => registration.release(),
    closeRegistry: () => registration.close(),
    closeHttp: () => nest.close(),
  });
  return stoppable(steps, log);
}

function registryOf(applicationName: string, { REGISTRY_URL = '' }: AppSettings, log: Log): DynamicModule {
  return RegistryModule.register({
    url: REGISTRY_URL,
    applicationName,
    onError: (error) => log.warn('registry error, retrying', { reason: String(error) }),
    closeOnShutdown: false,
  });
}

/** The registry of the app's modules; opened now if none of them imports it. */
async function opened(nest: INestApplication, registry: DynamicModule): Promise<Registry> {
  const module = await nest.get(LazyModuleLoader).load(() => registry, { logger: false });
  return module.get<Registry>(REGISTRY);
}

/** An operator's mistake must not abort the process: `run` reports it in one line. */
function createApp(root: DynamicModule): Promise<INestApplication> {
  return NestFactory.create(root, new FastifyAdapter(), { abortOnError: false });
}
