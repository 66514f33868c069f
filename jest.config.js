const swc = [
  '@swc/jest',
  {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2023',
      keepClassNames: true,
      experimental: { keepImportAttributes: true },
    },
    module: { type: 'es6' },
    sourceMaps: 'inline',
  },
];

const common = {
  rootDir: import.meta.dirname ?? new URL('.', import.meta.url).pathname.replace(/\/$/, ''),
  testEnvironment: '<rootDir>/tools/jest/strict-environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': swc },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@seckill/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^@tools/([^/]+)$': '<rootDir>/tools/$1/index.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist'],
};

/** unit: specs beside the source; nothing but Node. system: test/, the real parts in processes of their own. */
export default {
  /** ms for a test or hook that says nothing else. It ends what hangs; it judges no speed: the machine may be busy. */
  testTimeout: 30_000,
  testSequencer: '<rootDir>/tools/jest/slowest-first.mjs',
  reporters: ['default', '<rootDir>/tools/jest/summary.mjs'],
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/{apps,libs,docker,tools}/**/*.spec.ts'] },
    {
      ...common,
      displayName: 'system',
      testMatch: ['<rootDir>/test/**/*.spec.ts'],
      globalSetup: '<rootDir>/test/support/start-rocketmq.js',
      globalTeardown: '<rootDir>/test/support/stop-rocketmq.js',
    },
  ],
};
