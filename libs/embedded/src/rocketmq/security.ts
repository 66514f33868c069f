import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { repositoryRoot } from '../repository-root.js';

/** Who one is for RocketMQ. */
export interface AccessKey {
  readonly accessKey: string;
  readonly accessSecret: string;
}

/** What makes a RocketMQ encrypt, and ask who one is (ACL 2.0). All files are PEM. */
export interface RocketMqSecurity {
  /** For `127.0.0.1` and `localhost`. */
  readonly certFile: string;
  readonly keyFile: string;
  /** What `certFile` is verified with. */
  readonly caFile: string;
  /** May do everything. Made with the first start over a store; later starts have to name the same. */
  readonly admin: AccessKey;
}

const right = z.strictObject({
  /** Such as `Topic:orders` or `Group:readers`; `*` at the end stands for any. */
  resource: z.string().regex(/^(Topic|Group|Cluster|Namespace):[%|*a-zA-Z0-9_-]+$/),
  actions: z.array(z.enum(['All', 'Pub', 'Sub', 'Create', 'Update', 'Delete', 'Get', 'List'])).min(1),
});
const brokerUser = z.strictObject({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  rights: z.array(right),
});

/** A user of RocketMQ and what it may do; whatever is not named it may not. */
export type BrokerUser = z.infer<typeof brokerUser>;

/** The users of the project's apps, from `docker/rocketmq/secured/users.json`. Their secrets stand nowhere. */
export function loadUsers(
  file: string = join(repositoryRoot(), 'docker', 'rocketmq', 'secured', 'users.json'),
): readonly BrokerUser[] {
  return z.strictObject({ users: z.array(brokerUser) }).parse(JSON.parse(readFileSync(file, 'utf8'))).users;
}

/** Fields of a remoting request with who asks, signed as RocketMQ's `AclClientRPCHook.java` does. */
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

/** Headers of a gRPC call that say who calls (rocketmq-clients `docs/transport.md`). */
export function signedHeaders({ accessKey, accessSecret }: AccessKey): Record<string, string> {
  const time = `${new Date().toISOString().replace(/[-:]|\.\d+Z$/g, '')}Z`;
  const signature = createHmac('sha1', accessSecret).update(time).digest('hex').toUpperCase();
  return {
    'x-mq-date-time': time,
    authorization: `MQv2-HMAC-SHA1 Credential=${accessKey}, SignedHeaders=x-mq-date-time, Signature=${signature}`,
  };
}
