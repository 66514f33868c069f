export { OperationsModule } from './operations.module.js';
export { Readiness, type ReadinessProbe } from './readiness.js';
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
export { stopInOrder, type Log, type StopStep } from './stop-in-order.js';
