export {
  appEnvironment,
  appNames,
  uses,
  type AppDependencies,
  type AppName,
  type AppPorts,
  type Dependency,
} from './app-environment.js';
