import { BrokerRefusedError } from '../errors.js';
import { RemotingClient } from './remoting-client.js';
import type { BrokerUser, RocketMqSecurity } from './security.js';

/** RocketMQ `RequestCode.java`. */
const createUser = 3001;
const updateUser = 3002;
const createAcl = 3006;

/**
 * Creates users on the broker at 127.0.0.1, or updates their secret, and grants their rights. Other rights that they
 * have are not removed; use `mqadmin deleteAcl` for that.
 *
 * @param secretOf the secret of each user
 */
export async function createUsersOnBroker(
  brokerPort: number,
  users: readonly BrokerUser[],
  secretOf: (name: string) => string,
  security: RocketMqSecurity,
): Promise<void> {
  const broker = await RemotingClient.connect('127.0.0.1', brokerPort, { security });
  const ask = async (what: string, code: number, fields: Record<string, string>, body: unknown) => {
    const { code: answer, remark } = await broker.request(code, fields, body);
    if (answer !== 0) throw new BrokerRefusedError(what, answer, remark);
  };
  try {
    for (const { name, rights } of users) {
      const user = { username: name, password: secretOf(name), userType: 'Normal' };
      // There is no call that creates or updates.
      await ask(`create the user ${name}`, createUser, { username: name }, user).catch(() =>
        ask(`change the user ${name}`, updateUser, { username: name }, user),
      );
      const subject = `User:${name}`;
      const entries = rights.map((right) => ({ ...right, decision: 'Allow' }));
      const policies = [{ policyType: 'Custom', entries }];
      await ask(`grant rights to ${name}`, createAcl, { subject }, { subject, policies });
    }
  } finally {
    broker.close();
  }
}
