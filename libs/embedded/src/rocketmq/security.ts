import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { repositoryRoot } from '../repository-root.js';

/** Credentials of a RocketMQ user. */
export interface AccessKey {
  readonly accessKey: string;
  readonly accessSecret: string;
}

/** Options of a RocketMQ with TLS and access control (ACL 2.0). All files are PEM. */
export interface RocketMqSecurity {
  /** For `127.0.0.1` and `localhost`. */
  readonly certFile: string;
  readonly keyFile: string;
  /** The authority of `certFile`. */
  readonly caFile: string;
  /** Has all rights. Created at the first start with a store; later starts must use the same. */
  readonly admin: AccessKey;
}

const right = z.strictObject({
  /** Such as `Topic:orders` or `Group:readers`; `*` at the end matches any rest. */
  resource: z.string().regex(/^(Topic|Group|Cluster|Namespace):[%|*a-zA-Z0-9_-]+$/),
  actions: z.array(z.enum(['All', 'Pub', 'Sub', 'Create', 'Update', 'Delete', 'Get', 'List'])).min(1),
});
const brokerUser = z.strictObject({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  rights: z.array(right),
});

/** A user of RocketMQ and its rights. Everything else is forbidden. */
export type BrokerUser = z.infer<typeof brokerUser>;

/** The users of the project's apps, from `docker/rocketmq/secured/users.json`, without their secrets. */
export function loadUsers(
  file: string = join(repositoryRoot(), 'docker', 'rocketmq', 'secured', 'users.json'),
): readonly BrokerUser[] {
  return z.strictObject({ users: z.array(brokerUser) }).parse(JSON.parse(readFileSync(file, 'utf8'))).users;
}

/** Adds access key and signature to the fields of a remoting request, as RocketMQ's `AclClientRPCHook.java` does. */
export function signedFields(
  { accessKey, accessSecret }: AccessKey,
  fields: Readonly<Record<string, string>>,
  body: Buffer,
): Record<string, string> {
  const all: Record<string, string> = { ...fields, AccessKey: accessKey };
  const signature = createHmac('sha1', accessSecret);
  for (const name of Object.keys(all).toSorted()) signature.update(all[name]!);
  return { ...all, Signature: signature.update(body).digest('base64') };
}

/** The authentication headers of a gRPC call (rocketmq-clients `docs/transport.md`). */
export function signedHeaders({ accessKey, accessSecret }: AccessKey): Record<string, string> {
  const time = `${new Date().toISOString().replace(/[-:]|\.\d+Z$/g, '')}Z`;
  const signature = createHmac('sha1', accessSecret).update(time).digest('hex').toUpperCase();
  return {
    'x-mq-date-time': time,
    authorization: `MQv2-HMAC-SHA1 Credential=${accessKey}, SignedHeaders=x-mq-date-time, Signature=${signature}`,
  };
}
