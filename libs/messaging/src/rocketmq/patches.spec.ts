import { describe, expect, it } from '@jest/globals';
import { Endpoints } from 'rocketmq-client-nodejs';
import { PatchedProducer } from './patches.js';
import { silentClientLogger } from './log.js';

/** Nothing listens there. */
const NOBODY = '127.0.0.1:1';

class CountingProducer extends PatchedProducer {
  streams = 0;

  override createTelemetryStream(...to: Parameters<PatchedProducer['createTelemetryStream']>) {
    this.streams++;
    return super.createTelemetryStream(...to);
  }
}

describe('the patched client', () => {
  // A stream that failed was renewed once for its error and once for its end, and each of those again: an outage of
  // ten minutes ended the process for want of memory.
  it('renews a telemetry stream that failed once a second, and not for its error and its end', async () => {
    const producer = new CountingProducer({
      endpoints: NOBODY,
      namespace: '',
      topic: 't',
      logger: silentClientLogger,
    });
    const started = performance.now();
    producer.getTelemetrySession(new Endpoints(NOBODY));
    while (producer.streams < 4) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(performance.now() - started).toBeGreaterThan(2_500);
    await producer.shutdown();
  }, 30_000);

  // Its listeners were removed when it was let go of: an 'error' after that ended the process.
  it('lets a connection break that was let go of before', async () => {
    const producer = new CountingProducer({
      endpoints: NOBODY,
      namespace: '',
      topic: 't',
      logger: silentClientLogger,
    });
    const stream = producer.createTelemetryStream(new Endpoints(NOBODY));
    stream.removeAllListeners();
    expect(() => stream.emit('error', new Error('dropped'))).not.toThrow();
    await producer.shutdown();
  });
});
