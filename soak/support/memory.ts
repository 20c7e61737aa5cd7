import { busiestOf } from '../../bench/support/cpu.ts'
import { residentMemory } from '../../tests/support/processes.ts'

const MEBIBYTE = 1_024 ** 2

/** What runs the app, by target; what is beside it are tools, wrangler's proxy among them. */
const RUNTIMES = ['workerd', 'next-server']

/** Bytes that the process holds which runs the app. @param pid of the instance */
export function memoryOf(pid: number): number {
  const [runtime] = RUNTIMES.flatMap((name) => busiestOf(pid, name) ?? [])
  return runtime === undefined ? 0 : residentMemory(runtime)
}

export function inMebibytes(bytes: number): number {
  return Math.round(bytes / MEBIBYTE)
}
