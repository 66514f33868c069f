export { Batcher, type BatcherOptions } from './batcher.js';
export { NotSentError, type NotSentReason } from './errors.js';
