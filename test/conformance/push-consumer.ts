import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * What a PushConsumer is given, in order, until it has been pushed `count` messages. It runs in a process of its own: after
 * its shutdown the client's PushConsumer leaves timers behind that keep a process alive.
 *
 * @param failsOnce the body of a message whose first consumption fails
 */
export async function pushed(
  { endpoints, group, topic }: { endpoints: string; group: string; topic: string },
  count: number,
  failsOnce = '',
): Promise<string[]> {
  const args = [endpoints, group, topic, String(count), failsOnce];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', program, ...args],
    { timeout: 90_000 },
  );
  return JSON.parse(stdout) as string[];
}

const program = `
  import { ConsumeResult, PushConsumer } from 'rocketmq-client-nodejs';
  const [endpoints, consumerGroup, topic, count, failsOnce] = process.argv.slice(1);
  const logger = { info() {}, warn() {}, error() {}, debug() {} };
  const seen = [];
  const consume = async ({ body }) => {
    const text = body.toString();
    const fails = text === failsOnce && !seen.includes(text);
    seen.push(text);
    if (seen.length === Number(count))
      setTimeout(() => process.stdout.write(JSON.stringify(seen), () => process.exit()), 1_000);
    return fails ? ConsumeResult.FAILURE : ConsumeResult.SUCCESS;
  };
  const consumer = new PushConsumer({
    endpoints, namespace: '', logger, consumerGroup,
    subscriptions: new Map([[topic, '*']]),
    messageListener: { consume },
  });
  await consumer.startup();`;
