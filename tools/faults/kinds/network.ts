import type { Direction, TcpProxy } from '@seckill/embedded';
import type { AppName, Hop } from '@tools/testbed';
import type { Random } from '../random.js';
import { oneOf, seconds, type Fault, type Kind } from './kind.js';

/** Every way between two processes, as the instance whose proxy it leads through. */
const ways: readonly (readonly [AppName, Hop, string])[] = [
  ['gateway', 'rocketmq', 'to RocketMQ'],
  ['seckill-service', 'rocketmq', 'to RocketMQ'],
  ['inventory', 'ledger', 'to the ledger'],
  ['gateway', 'registry', 'to the registry'],
  ['seckill-service', 'registry', 'to the registry'],
  ['inventory', 'registry', 'to the registry'],
  ['gateway', 'grpc', 'from the services'],
  ['inventory', 'grpc', 'from its callers'],
];

interface Weather {
  readonly words: string;
  begin(proxy: TcpProxy): Promise<void> | void;
}

/** A disturbance of one way; the proxy passes everything on again at its end. */
function disturbance(
  name: string,
  words: string,
  draw: (random: Random) => Weather,
  forgets: (proxy: TcpProxy) => Promise<void> = (proxy) => proxy.pass(),
): Kind {
  return {
    name: `net-${name}`,
    words,
    // On the real one, clients are led past a proxy: its local mode names its own address in every route.
    broker: 'stand-in',
    draw(random): Fault {
      const [app, hop, where] = random.pick(ways);
      const instance = oneOf(random, app);
      const ms = random.whole(2_000, 9_000);
      const weather = draw(random);
      return {
        words: `${instance} ${where}: ${weather.words} for ${seconds(ms)}`,
        needs: { proxies: [hop] },
        victim: instance,
        async inflict({ system, sleep }) {
          const proxy = system.proxy(instance, hop);
          await weather.begin(proxy);
          await sleep(ms);
          await forgets(proxy);
        },
      };
    },
  };
}

const directions: readonly (readonly Direction[])[] = [
  ['to server'],
  ['to client'],
  ['to server', 'to client'],
];

export const network: readonly Kind[] = [
  disturbance('delay', 'bytes on one way are late', (random) => {
    const ms = random.whole(100, 1_500);
    return { words: `${ms} ms late each way`, begin: (proxy) => proxy.delay(ms) };
  }),
  disturbance('drop', 'bytes on one way get lost in one direction or in both', (random) => {
    const lost = random.pick(directions);
    return { words: `lost ${lost.join(' and ')}`, begin: (proxy) => proxy.drop(lost) };
  }),
  disturbance(
    'half-open',
    'the connections of one hop are dead for good, and neither end notices',
    () => ({ words: 'connections silently dead', begin: (proxy) => proxy.halfOpen() }),
    async () => {},
  ),
  disturbance('reset', 'the connections of one way are reset again and again', () => ({
    words: 'reset',
    async begin(proxy) {
      for (let i = 0; i < 3; i++) {
        proxy.reset();
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    },
  })),
  disturbance('refuse', 'the connections of one way are reset and new ones refused', () => ({
    words: 'refused',
    begin: (proxy) => proxy.cut(),
  })),
  disturbance('cut-after', 'each connection of one way is reset after some bytes', (random) => {
    const bytes = random.whole(200, 60_000);
    return { words: `cut after ${bytes} bytes`, begin: (proxy) => proxy.cutAfter(bytes) };
  }),
  disturbance('slow', 'one way carries few bytes a second', (random) => {
    const bytes = random.whole(2_000, 30_000);
    return { words: `${bytes} bytes/s`, begin: (proxy) => proxy.slow(bytes) };
  }),
];
