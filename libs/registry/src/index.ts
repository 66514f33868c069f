export {
  InstanceIdTakenError,
  InvalidRegistryUrlError,
  RegistryClosedError,
  StoreUnreachableError,
  TooManyLookupsError,
  UnsupportedRegistryError,
} from './errors.js';
export { newInstanceId, type Instance, type InstanceState } from './instance.js';
export { InstanceCache, type InstanceCacheOptions } from './instance-cache.js';
export { MemoryRegistry, MemoryRegistryStore } from './memory-registry.js';
export { openRegistry, registryUrlProblem } from './open-registry.js';
export {
  REGISTRY,
  RegistryModule,
  type RegistryModuleExtras,
  type RegistryModuleOptions,
} from './registry.module.js';
export type { InstanceListener, Lease, RegisterOptions, Registry, RegistryOptions } from './registry.js';
