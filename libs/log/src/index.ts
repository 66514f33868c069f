export type { Log, LogFields } from './log.js';
