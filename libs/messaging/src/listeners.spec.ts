import { describe, expect, it } from '@jest/globals';
import { Listeners } from './listeners.js';

describe('Listeners', () => {
  type Happenings = { happened: (what: string) => void };
  const setUp = () => {
    const errors: string[] = [];
    const log = { log() {}, warn() {}, error: (message: string) => errors.push(message) };
    return { errors, listeners: new Listeners<Happenings>('Server', log, ['happened']) };
  };

  it('tells everybody, also those after one that fails', () => {
    const { listeners, errors } = setUp();
    const heard: string[] = [];
    listeners.on('happened', () => {
      throw new Error('bug');
    });
    listeners.on('happened', (what) => heard.push(what));
    listeners.tell('happened', 'a');
    expect(heard).toEqual(['a']);
    expect(errors).toEqual(['a listener to happened of Server failed: Error: bug']);
  });

  it('refuses an event that does not exist, and says which do', () => {
    const { listeners } = setUp();
    expect(() => listeners.on('hapened' as 'happened', () => {})).toThrow(
      'Server has no event hapened; it has happened, and status',
    );
  });
});
