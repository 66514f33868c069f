import { describe, expect, it } from '@jest/globals';
import { explain } from './explain.js';

describe('explain', () => {
  it.each([
    [
      'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use\nFATAL:  could not create any TCP/IP sockets',
      'Port 5432 is taken by another program. End that program or choose another port for Postgres.',
    ],
    [
      'FATAL:  could not write lock file "postmaster.pid": No space left on device',
      'The disk that holds /data is full. Make room and start again.',
    ],
    [
      'initdb: error: could not access directory "/data": Permission denied',
      'Postgres may not use /data: initdb: error: could not access directory "/data": Permission denied.',
    ],
    [
      'FATAL:  database files are incompatible with server\nDETAIL:  initialized by PostgreSQL version 17',
      '/data was made by another version of Postgres.',
    ],
    [
      'LOG:  starting PostgreSQL\nFATAL:  something else\nLOG:  shut down',
      'Postgres did not start: FATAL:  something else',
    ],
  ])('tells %s in one line', (output, message) => {
    expect(explain(output, { port: 5_432, directory: '/data' }).message).toContain(message);
    expect(explain(output, { port: 5_432, directory: '/data' }).message).not.toContain('\n');
  });
});
