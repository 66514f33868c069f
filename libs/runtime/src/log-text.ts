/** Fields that have a place of their own in the line, or are of no use to a developer at a terminal. */
const PLACED = new Set(['level', 'time', 'app', 'pid', 'instanceId', 'context', 'message', 'stack']);

/**
 * Formats a JSON line for people: `12:34:56.789 4711 WARN  [purchases] message requestId=… reason="…"`, then stacks.
 */
export function asText(line: string): string {
  const entry = JSON.parse(line) as Record<string, unknown>;
  const { level, time, context, message, stack } = entry as Record<string, string | undefined>;
  const clock = new Date(time ?? 0);
  const at = [clock.getHours(), clock.getMinutes(), clock.getSeconds()].map(twoDigits).join(':');
  const ms = String(clock.getMilliseconds()).padStart(3, '0');
  const { error, ...rest } = entry as { error?: { stack?: string } };
  const fields = Object.entries(typeof error === 'object' ? rest : entry)
    .filter(([name]) => !PLACED.has(name))
    .map(([name, value]) => `${name}=${inWords(value)}`);
  const head = `${at}.${ms} ${entry['pid'] === undefined ? '' : `${inWords(entry['pid'])} `}${(level ?? '').toUpperCase().padEnd(5)}${context === undefined ? '' : ` [${context}]`}`;
  const stacks = [typeof error === 'object' ? (error.stack ?? inWords(error)) : undefined, stack];
  const below = stacks.filter((text) => text !== undefined).map((text) => `\n${text}`);
  return `${[head, message, ...fields].filter((part) => part !== undefined).join(' ')}${below.join('')}\n`;
}

const twoDigits = (value: number) => String(value).padStart(2, '0');

function inWords(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
