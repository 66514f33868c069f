import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Loaded into a gateway before its own code: SIGUSR2 collects garbage, and a line says what is left.

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

process.on('SIGUSR2', () => {
  collect();
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  console.log(`MEMORY ${JSON.stringify({ heapUsed, rss })}`);
});
