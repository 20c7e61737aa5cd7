/** What a run found, into docs/: tables between two marks of a page, and a chart. */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../../scripts/lib/setup.mjs'
import { type Chart, draw } from './chart.ts'
import { capital, formatTable, type Table } from './table.ts'

const END = '<!-- end of what is written -->'
/** Reckoned, on a page of its own. */
const RECKONED = 'latency'

/**
 * Puts a benchmark's tables where its page has a mark for them.
 *
 * @param bench the name of its file
 */
export function writeTables(bench: string, tables: Table[]): void {
  const command = `npm run bench ${bench} -- --write`
  if (bench === RECKONED) writeSection('latency.md', command, tables)
  else writeSection('benchmarks.md', command, tables, whenAndWhere())
}

/**
 * Puts tables where a page of docs/ has a mark for the command that makes them.
 *
 * @param where a line before them
 * @throws {Error} when the page lacks its marks
 */
export function writeSection(page: string, command: string, tables: Table[], where?: string): void {
  const path = join(ROOT, 'docs', page)
  const begin = `<!-- written by: ${command} -->`
  const text = readFileSync(path, 'utf8')
  const start = text.indexOf(begin)
  const end = text.indexOf(END, start)
  if (start < 0 || end < 0) throw new Error(`${path} lacks its marks`)
  const sections = tables.map(({ title, ...table }) => `### ${capital(title)}\n\n${formatTable(table)}`)
  const lines = [text.slice(0, start) + begin, ...(where ? [where] : []), ...sections, text.slice(end)]
  writeFileSync(path, lines.join('\n\n'))
}

/** The day, and the machine. */
export function whenAndWhere(): string {
  return `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores, local.`
}

export function writeChart(charts: Chart[]): void {
  writeFileSync(join(ROOT, 'docs', 'benchmarks.svg'), draw(charts))
}
