export { Batcher, type BatcherOptions } from './batcher.js';
export { NotSentError } from './errors.js';
