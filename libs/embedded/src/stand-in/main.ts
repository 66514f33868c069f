import { parseArgs } from 'node:util';
import { CannotStartError } from '../errors.js';
import { loadTopology, projectTopology } from '../rocketmq/topology.js';
import { startEmbeddedRocketMQ } from './start-embedded-rocketmq.js';

/*
 * The stand-in as a process of its own:
 * node main.js --data DIR [--port N] [--admin-port N] [--topology FILE | --namespace NAME] [--seed N]
 * Prints one line when clients can connect. SIGTERM and SIGINT end it in order.
 */

function readOptions() {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      port: { type: 'string', default: '8081' },
      'admin-port': { type: 'string', default: '0' },
      topology: { type: 'string' },
      namespace: { type: 'string' },
      seed: { type: 'string', default: '1' },
      'retain-ms': { type: 'string' },
    },
  });
  if (values.data === undefined) throw new CannotStartError('No data directory.', 'Say --data DIR.');
  const retainMs = values['retain-ms'];
  return {
    ...(values.topology === undefined ? projectTopology(values.namespace) : loadTopology(values.topology)),
    dataDir: values.data,
    port: Number(values.port),
    adminPort: Number(values['admin-port']),
    seed: Number(values.seed),
    ...(retainMs !== undefined && { retention: { settledMs: Number(retainMs) } }),
  };
}

try {
  const rocketMq = await startEmbeddedRocketMQ({
    ...readOptions(),
    onEnd: (reason) => {
      process.stderr.write(`RocketMQ's stand-in ends: ${reason.message}\n`);
      if (reason.cause instanceof Error) process.stderr.write(`${reason.cause.message}\n`);
      process.exit(1);
    },
  });
  let signals = 0;
  const stop = () => {
    if (++signals > 1) process.exit(1);
    void rocketMq.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.stdout.write(
    `RocketMQ's stand-in is ready: ${rocketMq.endpoints}, administration at 127.0.0.1:${rocketMq.adminPort}\n`,
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
