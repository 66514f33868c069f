import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { connectionUrl, port, readSettings, SettingsError } from './settings.js';

const schema = z.object({
  HTTP_PORT: port(3000),
  DATABASE_URL: connectionUrl('postgres://user:password@host/ledger', ['postgres', 'postgresql']),
});

describe('readSettings', () => {
  it('fills in defaults and takes an empty variable as not set', () => {
    expect(readSettings(schema, { HTTP_PORT: '', DATABASE_URL: 'postgres://x/y' })).toEqual({
      HTTP_PORT: 3000,
      DATABASE_URL: 'postgres://x/y',
    });
  });

  it('says in one line what to set', () => {
    const read = () => readSettings(schema, { HTTP_PORT: 'x', DATABASE_URL: 'mysql://x' });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(
      /^set HTTP_PORT: a port, such as 3000; set DATABASE_URL: it must start with postgres:\/\//,
    );
  });

  it('names a variable that is missing', () => {
    expect(() => readSettings(schema, {})).toThrow(
      'set DATABASE_URL: a connection string, such as postgres://',
    );
  });
});
