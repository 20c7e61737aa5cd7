/** CPU time of processes, as Linux counts it. */
import { cpuTime, processTree } from '../../tests/support/processes.ts'

/** Seconds of CPU used so far; null where the system does not tell. */
export type CpuClock = () => number | null

/** The clock of a process and of all that it has started, directly or not, those that have ended included. */
export function cpuOfTree(root: number): CpuClock {
  if (process.platform !== 'linux') return () => null
  return () => processTree(root).reduce((sum, { pid }) => sum + cpuTime(pid), 0)
}

/** The clock of `busiestOf`. */
export function cpuOfBusiest(root: number, name: string): CpuClock {
  if (process.platform !== 'linux') return () => null
  return () => {
    const pid = busiestOf(root, name)
    return pid === null ? null : cpuTime(pid)
  }
}

/**
 * Of the processes below `root` that have the name, the one that has worked most so far: with `wrangler pages dev`, whose proxy
 * is a workerd too, the one that runs the app. Null where there is none.
 */
export function busiestOf(root: number, name: string): number | null {
  const named = processTree(root).filter((each) => each.name.startsWith(name))
  const [busiest] = named.map(({ pid }) => ({ pid, cpu: cpuTime(pid) })).sort((a, b) => b.cpu - a.cpu)
  return busiest?.pid ?? null
}

/** Ids of the children of this process that have the name. None where the system does not tell. */
export function childrenNamed(name: string): number[] {
  if (process.platform !== 'linux') return []
  return processTree(process.pid)
    .filter((each) => each.name === name && each.parent === process.pid)
    .map(({ pid }) => pid)
}
