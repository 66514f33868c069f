import type { DeadLetter } from '@seckill/messaging';

/** One letter in a line: its id, its pattern, how many requests it holds, and why it is here. */
export function letterLine({ id, pattern = '-', requests, reason }: DeadLetter): string {
  const holds = requests ? `${requests.length} request${requests.length === 1 ? '' : 's'}` : 'garbage';
  return `${id}  ${pattern.padEnd(10)}  ${holds.padEnd(11)}  ${reason}`;
}

/** Everything that is known of a letter. */
export function letterDetails({ id, pattern, from, reason, requests, body }: DeadLetter): string {
  const head = [`letter   ${id}`, `pattern  ${pattern ?? '-'}`, `from     ${from}`, `reason   ${reason}`];
  if (!requests) return [...head, `body     ${body.length} bytes, no envelope: ${preview(body)}`].join('\n');
  const each = requests.map(({ requestId, failures, sentAtMs, payload }) =>
    [
      `request  ${requestId}`,
      `  sent      ${new Date(sentAtMs).toISOString()}`,
      `  failures  ${failures}`,
      `  payload   ${payload.length} bytes: ${preview(payload)}`,
    ].join('\n'),
  );
  return [...head, ...each].join('\n');
}

/** Whether it is the one that is meant. */
export function isMeant({ id, requests = [] }: DeadLetter, wanted: readonly string[]): boolean {
  return wanted.some((it) => it === id || requests.some(({ requestId }) => requestId === it));
}

/** The beginning as text, where it is text. */
function preview(bytes: Buffer): string {
  const text = bytes.subarray(0, 200).toString('utf8');
  return /^[\P{C}\s]*$/u.test(text) ? text : bytes.subarray(0, 64).toString('hex');
}
