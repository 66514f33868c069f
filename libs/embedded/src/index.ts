export {
  CertificateAuthority,
  type CertificateRequest,
  type KeyedCertificate,
} from './certificates/certificate-authority.js';
export {
  certificatePaths,
  makeDevelopmentCertificates,
  type CertificatePaths,
  type DevelopmentCertificatesOptions,
} from './certificates/development-certificates.js';
export { CannotStartError, BrokerRefusedError } from './errors.js';
export { repositoryRoot } from './repository-root.js';
export { scratchDirectory } from './scratch-directory.js';
export { DockerRocketMq, hasDocker } from './rocketmq/docker-rocketmq.js';
export type { BrokerAddress } from './rocketmq/broker-admin.js';
export { RemoteRocketMq } from './rocketmq/remote-rocketmq.js';
export { LocalRocketMq, type LocalRocketMqOptions, type RocketMqState } from './rocketmq/local-rocketmq.js';
export { ensureJars, type JarSet } from './rocketmq/maven-jars.js';
export type { RocketMqPorts } from './rocketmq/rocketmq-ports.js';
export type { Missing } from './rocketmq/grpc-probe.js';
export { loadUsers, type AccessKey, type BrokerUser, type RocketMqSecurity } from './rocketmq/security.js';
export {
  loadTopology,
  projectTopology,
  topology,
  type GroupSpec,
  type TopicSpec,
  type TopicType,
  type Topology,
} from './rocketmq/topology.js';
export {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './postgres/embedded-postgres.js';
export { EtcdProcess, findEtcd, type EtcdProcessOptions } from './etcd/etcd-process.js';
export { TcpProxy, type Direction } from './network/tcp-proxy.js';
export { nodeFlags } from './processes/node-flags.js';
export { exclusively } from './processes/exclusive.js';
export { OwnedProcess, type OwnedProcessOptions } from './processes/owned-process.js';
export { PidFile } from './processes/background-process.js';
export { endProcess, signal, waitForExit } from './processes/end-process.js';
export { accepts, claimPorts, freePorts, isFree, type PortSearch } from './processes/ports.js';
export { identify, isRunning, type ProcessIdentity } from './processes/process-identity.js';
export { startEmbeddedRocketMQ, type EmbeddedRocketMq } from './stand-in/start-embedded-rocketmq.js';
export type { EmbeddedRocketMqOptions } from './stand-in/embedded-rocketmq-options.js';
export { StandInAdmin } from './stand-in/admin/admin-client.js';
export { StandInProcess, type StandInProcessOptions } from './stand-in/stand-in-process.js';
export { readLockHolder, type LockHolder } from './stand-in/store/directory-lock.js';
export type { BrokerLimits } from './stand-in/broker/limits.js';
export type { RetentionOptions } from './stand-in/broker/retention.js';
export type { GroupOverview, Overview, QueueOverview, TopicOverview } from './stand-in/broker/overview.js';
export type { FaultOrderInput, FaultyCall } from './stand-in/faults/fault-order.js';
export type { Faults } from './stand-in/faults/faults.js';
export { seededRandom } from './stand-in/faults/seeded-random.js';
