/** What a run found, into docs/: tables between two marks of a page, and a chart. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../scripts/lib/setup.mjs'
import { formatTable, type Table } from './table.ts'

/** Bars on one scale, shorter being better. */
export interface Chart {
  title: string
  bars: { title: string; value: number }[]
}

const END = '<!-- end of what is written -->'

/**
 * Puts tables on the page that has a mark for them.
 *
 * @param bench its name
 * @param where when and where it was measured; nothing for what was reckoned
 */
export function writeTables(bench: 'auth' | 'latency', tables: Table[], where: string[] = []): void {
  const path = join(ROOT, 'docs', bench === 'auth' ? 'benchmarks.md' : 'latency.md')
  const begin = `<!-- written by: npm run bench ${bench} -- --write -->`
  const page = readFileSync(path, 'utf8')
  const [start, end] = [page.indexOf(begin), page.indexOf(END)]
  if (start < 0 || end < start) throw new Error(`${path} lacks its marks`)
  const sections = tables.map(({ title, ...table }) => `### ${capital(title)}\n\n${formatTable(table)}`)
  writeFileSync(path, [page.slice(0, start) + begin, ...where, ...sections, page.slice(end)].join('\n\n'))
}

export function writeChart(charts: Chart[]): void {
  writeFileSync(join(ROOT, 'docs', 'benchmarks.svg'), draw(charts))
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const WIDTH = 760
const LABELS = 230
const VALUES = 90
const ROW = 20
const HEAD = 34

/** Readable on light and dark: it goes by what the reader's browser prefers. */
function draw(charts: Chart[]): string {
  let y = 16
  const parts = charts.map(({ title, bars }) => {
    const longest = Math.max(...bars.map(({ value }) => value))
    const head = `<text class="title" x="0" y="${y + 10}">${capital(title)}: CPU for one, in milliseconds</text>`
    y += HEAD - 12
    const rows = bars.map((bar) => {
      const width = Math.max(1, (bar.value / longest) * (WIDTH - LABELS - VALUES))
      const kind = bar.title.startsWith('Gatehouse') ? 'own' : isFloor(bar.title) ? 'floor' : 'peer'
      const row = [
        `<text x="${LABELS - 8}" y="${y + 13}" text-anchor="end">${bar.title}</text>`,
        `<rect class="${kind}" x="${LABELS}" y="${y + 3}" width="${width.toFixed(1)}" height="${ROW - 6}" rx="2"/>`,
        `<text x="${(LABELS + width + 6).toFixed(1)}" y="${y + 13}">${Number(bar.value.toPrecision(3))}</text>`,
      ]
      y += ROW
      return row.join('\n')
    })
    y += HEAD - 14
    return [head, ...rows].join('\n')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img"
  aria-label="CPU for one operation, of Gatehouse, its peers and floors; the numbers are in the tables of the same page">
<style>
text { font: 12px system-ui, sans-serif; fill: #3f3f46 }
.title { font-weight: 600; font-size: 13px; fill: #18181b }
.own { fill: #2563eb } .peer { fill: #a1a1aa } .floor { fill: #d4d4d8 }
@media (prefers-color-scheme: dark) {
  text { fill: #d4d4d8 } .title { fill: #fafafa }
  .own { fill: #60a5fa } .peer { fill: #71717a } .floor { fill: #3f3f46 }
}
</style>
${parts.join('\n')}
</svg>
`
}

function isFloor(title: string): boolean {
  return /^(an empty|bare|the |one )/.test(title)
}
