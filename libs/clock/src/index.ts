export { sleep, systemClock, type Clock, type Timer } from './clock.js';
export { CorrectedClock } from './corrected-clock.js';
export { ManualClock } from './manual-clock.js';
export { until, waitFor } from './wait-for.js';
