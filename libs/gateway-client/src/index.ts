export { gatewayClient, type GatewayClient, type GatewayClientOptions } from './gateway-client.js';
export type { components as GatewayComponents, paths as GatewayPaths } from './generated/gateway-api.js';
