import { readFileSync } from 'node:fs';

/** The kernel counts CPU time in ticks of this many ms (USER_HZ, 100 a second on Linux). */
const TICK_MS = 10;

/** Processes by what they are called in the report. Each stands for itself and all its descendants. */
export type Processes = Readonly<Record<string, number | undefined>>;

/** CPU time so far and memory now, by process. */
export interface ProcessReading {
  /** ms of CPU, user and system, of the process, its descendants, and those that have ended. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** MiB of resident memory; what a process shares with its descendants is counted once. */
  readonly rssMb: Readonly<Record<string, number>>;
}

/** Reads /proc. Where there is none, or a process is gone, nothing is said about it. */
export function readProcesses(processes: Processes, proc = '/proc'): ProcessReading {
  const cpuMs: Record<string, number> = {};
  const rssMb: Record<string, number> = {};
  for (const [name, pid] of Object.entries(processes)) {
    if (pid === undefined) continue;
    try {
      const tree = withDescendants(pid, proc);
      cpuMs[name] = tree.reduce((sum, one) => sum + ownCpuMs(one, proc), 0);
      rssMb[name] = residentMb(tree, proc);
    } catch {
      // Gone, or no Linux.
    }
  }
  return { cpuMs, rssMb };
}

/** CPU per request between two readings, in ms. @param requests how many were answered in between */
export function cpuPerRequest(
  before: ProcessReading,
  after: ProcessReading,
  requests: number,
): Record<string, number> {
  const spent: Record<string, number> = {};
  for (const [name, ms] of Object.entries(after.cpuMs)) {
    const earlier = before.cpuMs[name];
    if (earlier !== undefined && requests > 0) spent[name] = (ms - earlier) / requests;
  }
  return spent;
}

/** utime, stime, and those of children that have ended and were waited for. */
function ownCpuMs(pid: number, proc: string): number {
  const stat = readFileSync(`${proc}/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0) * TICK_MS;
}

function withDescendants(pid: number, proc: string): number[] {
  const found = [pid];
  for (const one of found) {
    const children = textOf(`${proc}/${one}/task/${one}/children`);
    for (const child of children.split(' ')) if (child.trim() !== '') found.push(Number(child));
  }
  return found.filter((one) => one === pid || textOf(`${proc}/${one}/stat`) !== '');
}

function residentMb(pids: readonly number[], proc: string): number {
  let own = 0;
  let shared = 0;
  for (const pid of pids) {
    const status = textOf(`${proc}/${pid}/status`);
    const kb = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    own += kb('RssAnon');
    // Programs and libraries in files, and shared memory: the same pages for all of them.
    shared = Math.max(shared, kb('RssShmem') + kb('RssFile'));
  }
  return (own + shared) / 1_024;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
