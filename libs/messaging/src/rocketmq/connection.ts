import type { Log } from './log.js';

/** Where RocketMQ's proxy is and how to get in. */
export interface RocketMqConnection {
  /** `host:port` of the proxy; several separated by semicolons. */
  endpoints: string;
  /** Access key and secret, when the proxy asks for them. Use TLS then: the signature covers only a timestamp. */
  credentials?: { accessKey: string; accessSecret: string };
  /** Encrypt. The CA is taken from GRPC_DEFAULT_SSL_ROOTS_FILE_PATH. @default false */
  tls?: boolean;
  /** Bound of one call to the broker, in ms. At least 1000. @default 3000 */
  requestTimeoutMs?: number;
  /** Where connection trouble is told. @default Nest's logger */
  log?: Log;
}
