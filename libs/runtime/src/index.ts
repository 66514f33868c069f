export {
  APP_CONTEXT,
  type AppContext,
  type AppDefinition,
  type AppLifecycle,
  type AppSettings,
  type StartedApp,
} from './app.js';
export { bootstrap, startApp, type StartOptions } from './bootstrap.js';
export { OperationsModule } from './operations.module.js';
export { Readiness } from './readiness.js';
export { run, type Running } from './run.js';
export {
  checkedUrl,
  connectionUrl,
  count,
  milliseconds,
  port,
  readSettings,
  SettingsError,
} from './settings.js';
export { stoppable, type StopStep } from './stop-in-order.js';
