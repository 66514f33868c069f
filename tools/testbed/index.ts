export { freeBasePort } from './free-base-port.js';
export { AppProcess, type AppProcessOptions, type Ending } from './app-process.js';
export { meanOf, scrape, type Scrape } from './metrics.js';
export { field, location, problem, Requests } from './requests.js';
export type { AppName, Hop } from './instance-settings.js';
export { System, type InstanceOptions, type SystemOptions } from './system.js';
export { shiftedClock } from './preload/shifted-clock.js';
export { TEST_JWT_SECRET, userToken } from './tokens.js';
export { waitFor } from './wait-for.js';
