/** What Linux tells of processes. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Clock ticks in a second. */
const TICKS = 100

interface ProcessEntry {
  pid: number
  /** Such as `workerd`, cut to 15 characters. */
  name: string
  parent: number
  group: number
}

/** Ids of the processes in the group. */
export function processesOfGroup(group: number | undefined): number[] {
  return listProcesses().flatMap((each) => (each.group === group ? [each.pid] : []))
}

/** The process and all that it has started, directly or not. */
export function processTree(root: number): ProcessEntry[] {
  const all = listProcesses()
  const found = all.filter(({ pid }) => pid === root)
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid))
  return found
}

/** Memory that the process holds, in bytes; 0 when it is gone. */
export function residentMemory(pid: number): number {
  const [, kibibytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readIfThere(`/proc/${pid}/status`)) ?? []
  return Number(kibibytes) * 1_024
}

/** Ports that the process listens on. */
export function listeningPorts(pid: number): number[] {
  const files = readdirSync(`/proc/${pid}/fd`).map((name) => readLinkIfThere(`/proc/${pid}/fd/${name}`))
  const rows = ['tcp', 'tcp6'].flatMap((name) => readIfThere(`/proc/${pid}/net/${name}`).split('\n'))
  // proc_pid_net(5): address:port in hexadecimal, then the other end's; state 0A is "listening"; the tenth field is the inode
  return rows.flatMap((row) => {
    const [, local = '', , state, , , , , , inode] = row.trim().split(/\s+/)
    const isOwn = state === '0A' && files.includes(`socket:[${inode}]`)
    return isOwn ? [Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16)] : []
  })
}

/** Seconds of CPU that the process has used, with its children that have ended; 0 when it is gone. */
export function cpuTime(pid: number): number {
  const stat = readIfThere(`/proc/${pid}/stat`)
  // proc_pid_stat(5): of what follows the command, fields 12 to 15 are ticks in user mode and in the kernel, its own and theirs
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / TICKS
}

/** Those that run: who has ended may be listed until its parent takes notice. */
function listProcesses(): ProcessEntry[] {
  const stats = readdirSync('/proc').map((name) => (/^\d+$/.test(name) ? readIfThere(`/proc/${name}/stat`) : ''))
  return stats.filter(Boolean).flatMap((stat) => {
    // proc_pid_stat(5): pid (command) state parent group …; a command may hold anything but ends with the last parenthesis
    const end = stat.lastIndexOf(')')
    const [state, parent, group] = stat.slice(end + 2).split(' ')
    if (state === 'Z') return []
    const name = stat.slice(stat.indexOf('(') + 1, end)
    return [{ pid: Number.parseInt(stat, 10), name, parent: Number(parent), group: Number(group) }]
  })
}

function readLinkIfThere(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '' // it has just been closed
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // it has just ended
  }
}
