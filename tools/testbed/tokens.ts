import { tokensOf } from '@tools/load';

/** A secret that gateways accept, the same for every test. */
export const TEST_JWT_SECRET = 'a secret of at least 32 bytes, for tests only';

/** Makes tokens of users. */
export const userToken = tokensOf(TEST_JWT_SECRET);
