import { describe, expect, it } from '@jest/globals';
import { Listeners } from './listeners.js';

describe('Listeners', () => {
  type Happenings = { happened: (what: string) => void };
  const setUp = () => {
    const errors: string[] = [];
    const log = { log() {}, warn() {}, error: (message: string) => errors.push(message) };
    return { errors, listeners: new Listeners<Happenings>('Server', log, ['happened']) };
  };

  it('calls all listeners, also those after one that throws', () => {
    const { listeners, errors } = setUp();
    const heard: string[] = [];
    listeners.on('happened', () => {
      throw new Error('bug');
    });
    listeners.on('happened', (what) => heard.push(what));
    listeners.emit('happened', 'a');
    expect(heard).toEqual(['a']);
    expect(errors).toEqual(['listener for event happened of Server threw: Error: bug']);
  });

  it('refuses an unknown event, and lists the known ones', () => {
    const { listeners } = setUp();
    expect(() => listeners.on('hapened' as 'happened', () => {})).toThrow(
      'Server has no event hapened; its events are happened and status',
    );
  });
});
