/** CPU time of processes, as Linux counts it. */
import { appProcess } from '../../tests/support/app-process.ts'
import type { Instance } from '../../tests/support/instances.ts'
import { cpuTime, processTree } from '../../tests/support/processes.ts'

/** Seconds of CPU used so far; null where the system does not tell. */
export type CpuClock = () => number | null

/** The clock of a process and of all that it has started, directly or not, those that have ended included. */
export function cpuOfTree(root: number): CpuClock {
  if (process.platform !== 'linux') return () => null
  return () => processTree(root).reduce((sum, { pid }) => sum + cpuTime(pid), 0)
}

/** The clock of the process that runs the app. */
export function cpuOfApp(app: Pick<Instance, 'pid' | 'port'>): CpuClock {
  if (process.platform !== 'linux') return () => null
  const pid = appProcess(app)
  return () => cpuTime(pid)
}

/** Ids of the children of this process that have the name. None where the system does not tell. */
export function childrenNamed(name: string): number[] {
  if (process.platform !== 'linux') return []
  return processTree(process.pid)
    .filter((each) => each.name === name && each.parent === process.pid)
    .map(({ pid }) => pid)
}
