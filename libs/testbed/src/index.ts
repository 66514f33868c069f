export { AppProcess, type AppProcessOptions } from './app-process.js';
export { meanOf, scrape, type Scrape } from './metrics.js';
export { field, location, problem, Requests } from './requests.js';
export { System, type AppName, type SystemOptions } from './system.js';
export { TcpProxy } from './tcp-proxy.js';
export { TEST_JWT_SECRET, userToken } from './tokens.js';
export { waitFor } from './wait-for.js';
