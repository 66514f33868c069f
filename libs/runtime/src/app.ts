import type { DynamicModule, INestApplication, Type } from '@nestjs/common';
import type { Log } from '@seckill/log';
import type { Instance } from '@seckill/registry';
import type { MutualTls, TlsFiles } from '@seckill/tls';
import type { Registry as Metrics } from 'prom-client';
import type { Readiness } from './readiness.js';
import type { StopStep } from './stop-in-order.js';

/** The settings that `bootstrap` itself needs. */
export interface AppSettings {
  /** Health, metrics, and the routes of the app. */
  HTTP_PORT: number;
  /** Where instances find each other. An app without it is not registered anywhere. */
  REGISTRY_URL?: string;
  /** The files of mutual TLS between processes; undefined for plain text. */
  tls?: TlsFiles | undefined;
}

/** What an app is made of. `bootstrap` owns the order in which the parts start. */
export interface AppDefinition<Settings extends AppSettings> {
  /** As in `apps/<name>`. Its log lines have this name, and it is the role of its instances in the registry. */
  name: string;
  /** Reads the environment. @throws SettingsError that says what to set */
  settings: (environment: NodeJS.ProcessEnv) => Settings;
  /** The module of the app. */
  module: (context: AppContext<Settings>) => Type | DynamicModule;
  /** A provider of that module. @default no dependencies, and nothing to stop but HTTP */
  lifecycle?: Type<AppLifecycle>;
  /** Creates the application, which does not listen yet. @default one on Fastify, as it comes */
  create?: (root: DynamicModule, settings: Settings) => Promise<INestApplication>;
}

/** What the module of an app is built from. The app's providers inject it as `APP_CONTEXT`. */
export interface AppContext<Settings extends AppSettings> {
  /** The id of this instance in the registry, new for every start. */
  id: string;
  settings: Settings;
  /** Undefined for plain text. */
  tls: MutualTls | undefined;
  /** What /metrics shows. */
  metrics: Metrics;
  log: Log;
  /** A `RegistryModule`, for modules that look instances up: import it and inject `REGISTRY`. */
  registry: DynamicModule;
}

/** Injects the `AppContext`. */
export const APP_CONTEXT = Symbol('APP_CONTEXT');

/** How an app starts and stops. The methods are called in the order in which they stand here. */
export interface AppLifecycle {
  /** What /health/ready calls this instance. @default 'this instance' */
  readonly self?: string;
  /** Whether the app has not started before it is registered. @default false: it serves, and is registered meanwhile */
  readonly awaitsRegistration?: boolean;
  /** Adds what /health/ready names besides the registry. */
  addReadiness?(readiness: Readiness): void;
  /** Before HTTP listens. */
  connect?(app: INestApplication): Promise<void>;
  /** Once HTTP listens. May wait for what is not available yet: health answers meanwhile. */
  open?(app: INestApplication): Promise<void>;
  /** Where others reach this instance, `host:port`. Asked for once `open` has ended. */
  address?(): string;
  /** The registry knows this instance. */
  registered?(instance: Instance): void;
  /** The steps of shutting down, in order. A step that fails or takes too long does not keep the next from running. */
  stopSteps(started: StartedApp): StopStep[];
}

/**
 * What `bootstrap` has started, for the steps of shutting down.
 *
 * These steps decide in which order things close, and Nest does not: it closes providers by their distance from the root
 * module and without bounds, all of them within `closeHttp`, and so a client could go before the requests that need it.
 * Modules of an app are therefore registered with `closeOnShutdown: false`, and each client has a step of its own.
 */
export interface StartedApp {
  /** /health/ready says `stopping`. An instance that is not registered by now never will be. */
  readonly leave: () => void;
  /** The registry says that this instance is draining. Does nothing when it was never registered. */
  readonly drain: () => Promise<void>;
  /** The registry no longer has this instance. Does nothing when it was never registered. */
  readonly release: () => Promise<void>;
  readonly closeRegistry: () => Promise<void>;
  /** Closes the Nest application: HTTP and the microservices connected to it. */
  readonly closeHttp: () => Promise<void>;
}
