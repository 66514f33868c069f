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
