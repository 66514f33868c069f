import { join } from 'node:path';
import { freePorts, repositoryRoot } from '@seckill/embedded';
import { AppProcess, TEST_JWT_SECRET } from '@tools/testbed';

/** Starts a program of the benchmark itself, built and run as the apps are. */
export async function startBenchApp(
  program: string,
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<AppProcess> {
  const app = new AppProcess({
    main: join(repositoryRoot(), 'dist', 'tools', 'bench', program),
    name,
    env: { ...env, HTTP_PORT: String(await freePorts()) },
  });
  await app.start();
  return app;
}

/** The product's gateway before another queue. */
export function startEdge(
  queue: 'echo' | 'kafka' | 'bullmq',
  env: Readonly<Record<string, string>> = {},
): Promise<AppProcess> {
  // A wait as long as a baseline's own: what it answers late counts as an answer, with its latency.
  const settings = { JWT_SECRET: TEST_JWT_SECRET, MAX_WAITING: '30000', QUEUE: queue };
  return startBenchApp('baselines/edge/main.js', `${queue}-gateway`, { ...settings, ...env });
}
