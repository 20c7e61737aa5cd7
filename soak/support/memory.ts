import { processTree, residentMemory } from '../../tests/support/processes.ts'

const MEBIBYTE = 1_024 ** 2

/** What runs the app; the rest of its processes are tools. */
const RUNTIME = /^(?:workerd|next-server)/

/** Bytes that the app's runtime holds. @param pid of the instance */
export function memoryOf(pid: number): number {
  const runtimes = processTree(pid).filter(({ name }) => RUNTIME.test(name))
  return runtimes.reduce((sum, each) => sum + residentMemory(each.pid), 0)
}

export function inMebibytes(bytes: number): number {
  return Math.round(bytes / MEBIBYTE)
}
