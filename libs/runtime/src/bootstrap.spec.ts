import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Injectable, Logger, Module } from '@nestjs/common';
import { REGISTRY, type Registry } from '@seckill/registry';
import {
  APP_CONTEXT,
  type AppContext,
  type AppDefinition,
  type AppLifecycle,
  type AppSettings,
  type StartedApp,
} from './app.js';
import { startApp } from './bootstrap.js';
import type { Readiness } from './readiness.js';
import type { Running } from './run.js';

Logger.overrideLogger(false);

// Nothing listens there: an app starts all the same.
const REGISTRY_URL = 'postgres://127.0.0.1:1/registry';

const steps: string[] = [];
const started: Running[] = [];
let url = '';

afterEach(async () => {
  steps.length = 0;
  for (const running of started.splice(0)) await running.stop();
});

@Controller()
class NotesController {
  @Get()
  read(): string {
    return 'a note';
  }
}

@Injectable()
class NotesLifecycle implements AppLifecycle {
  readonly self: string = 'this notebook';

  constructor(@Inject(APP_CONTEXT) private readonly context: AppContext<AppSettings>) {}

  addReadiness(readiness: Readiness): void {
    readiness.add('pen', () => undefined);
  }

  async connect(): Promise<void> {
    steps.push(`${this.context.id} connects`);
  }

  async open(app: { getUrl(): Promise<string> }): Promise<void> {
    url = await app.getUrl();
    steps.push(`${(await ask('/')).body} before it is open`);
  }

  address(): string {
    return 'notes:1';
  }

  stopSteps({ leave, closeHttp, closeRegistry }: StartedApp) {
    const step = (name: string, run: () => unknown) => ({
      name,
      withinMs: 5_000,
      run: async () => {
        await run();
        steps.push(`${name}, ready: ${(await ask('/health/ready')).status}`);
      },
    });
    return [step('leave', leave), step('close HTTP', closeHttp), step('close the registry', closeRegistry)];
  }
}

@Module({ controllers: [NotesController], providers: [NotesLifecycle] })
class NotesModule {}

async function ask(path: string): Promise<{ status: number | string; body: string }> {
  try {
    const response = await fetch(url + path);
    return { status: response.status, body: await response.text() };
  } catch {
    return { status: 'no answer', body: '' };
  }
}

async function start<Settings extends AppSettings>(app: AppDefinition<Settings>, settings: Settings) {
  const log = { log: () => {}, warn: () => {}, error: (message: string) => void steps.push(message) };
  const running = await startApp(app, { settings, id: 'notes-1', log });
  started.push(running);
  return running;
}

const notes: AppDefinition<AppSettings> = {
  name: 'notes',
  settings: () => ({ HTTP_PORT: 0 }),
  module: () => NotesModule,
  lifecycle: NotesLifecycle,
};

describe('startApp', () => {
  it('connects, listens, opens, and serves while it is not registered yet', async () => {
    await start(notes, { HTTP_PORT: 0, REGISTRY_URL });
    expect(steps).toEqual(['notes-1 connects', 'a note before it is open']);
    const { status, body } = await ask('/health/ready');
    expect([status, JSON.parse(body)]).toEqual([
      503,
      {
        status: 'not ready',
        dependencies: { registry: 'this notebook is not registered', pen: 'there' },
        missing: { registry: 'this notebook is not registered' },
      },
    ]);
    const metrics = (await ask('/metrics')).body;
    expect(metrics).toContain('app_dependency_up{dependency="registry"} 0');
    expect(metrics).toContain('process_cpu_seconds_total');
  });

  it('stops by the steps of the app, and gives up registering without a word', async () => {
    const running = await start(notes, { HTTP_PORT: 0, REGISTRY_URL });
    expect(running.stopWithinMs).toBe(15_000);
    steps.length = 0;
    await running.stop();
    expect(steps).toEqual([
      'leave, ready: 503',
      'close HTTP, ready: no answer',
      'close the registry, ready: no answer',
    ]);
  });

  it('opens one registry for itself and the modules that import it', async () => {
    let injected: Registry | undefined;
    @Module({})
    class LookingModule {
      constructor(@Inject(REGISTRY) registry: Registry) {
        injected = registry;
      }
    }
    const module = ({ registry }: AppContext<AppSettings>) => ({
      module: LookingModule,
      imports: [registry, NotesModule],
    });
    const running = await start({ ...notes, module }, { HTTP_PORT: 0, REGISTRY_URL });
    await running.stop();
    await expect(injected!.lookup('gateway-1')).rejects.toThrow(/closed/);
  });

  it('needs no lifecycle and no registry', async () => {
    @Module({ controllers: [NotesController] })
    class PlainModule {}
    let used: AppContext<AppSettings> | undefined;
    const module = (context: AppContext<AppSettings>) => ((used = context), PlainModule);
    const running = await start({ name: 'plain', settings: notes.settings, module }, { HTTP_PORT: 0 });
    expect(used?.tls).toBeUndefined();
    expect(running.stopWithinMs).toBe(5_500);
  });
});
