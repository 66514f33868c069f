export { namesIn, topologyIn, type GroupRole, type TopicRole, type TopologyNames } from './topology.js';
export { namespaceOf, topologyVariables } from './settings.js';
