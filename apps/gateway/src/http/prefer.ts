/** The preferences of a client (RFC 7240) that this gateway supports. */
export interface Preferences {
  /** Do not wait for the outcome; with `wait`, not longer than that. */
  respondAsync: boolean;
  /** Seconds that the client is willing to wait. */
  waitSeconds?: number;
}

const none: Preferences = { respondAsync: false };

/** One preference: a token, optionally with a value as token or quoted string; parameters after a semicolon are ignored. */
const preference = /^\s*([!#$%&'*+.^_`|~0-9a-z-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s;"]*))?\s*(?:;|$)/i;

/**
 * Reads a Prefer header. Unknown and malformed preferences are ignored, and of several with one name the first
 * counts (RFC 7240, section 2). A comma inside a quoted string ends the preference: no known value contains one.
 */
export function parsePrefer(header: string | undefined): Preferences {
  if (header === undefined) return none;
  const seen = new Map<string, string>();
  for (const part of header.split(',')) {
    const [, name, value = ''] = preference.exec(part) ?? [];
    const known = name?.toLowerCase();
    if (known !== undefined && !seen.has(known)) seen.set(known, value.replace(/^"(.*)"$/, '$1'));
  }
  const preferences: Preferences = { respondAsync: seen.has('respond-async') };
  const wait = seen.get('wait');
  if (wait !== undefined && /^\d{1,9}$/.test(wait)) preferences.waitSeconds = Number(wait);
  return preferences;
}

/** How long to wait, and what to answer about it. */
export interface WaitPlan {
  /** ms; 0: answer as soon as the request is in the queue. */
  waitMs: number;
  /** Value of Preference-Applied; absent when no preference was applied. */
  applied?: string;
}

/**
 * Turns preferences into a wait.
 * @param defaultMs the wait without a preference
 * @param maxMs the longest wait
 */
export function planWait(preferences: Preferences, defaultMs: number, maxMs: number): WaitPlan {
  const { respondAsync, waitSeconds } = preferences;
  if (waitSeconds === undefined)
    return respondAsync ? { waitMs: 0, applied: 'respond-async' } : { waitMs: defaultMs };
  const waitMs = Math.min(waitSeconds * 1_000, maxMs);
  const wait = `wait=${Math.floor(waitMs / 1_000)}`;
  return { waitMs, applied: respondAsync ? `respond-async, ${wait}` : wait };
}
