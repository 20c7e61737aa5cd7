import { capital } from './table.ts'

/** Bars on one scale, shorter being better. */
export interface Chart {
  title: string
  bars: { title: string; value: number }[]
}

const WIDTH = 760
const LABELS = 230
const VALUES = 90
const ROW = 20
const HEAD = 34

/** An SVG, readable on light and dark: it goes by what the reader's browser prefers. */
export function draw(charts: Chart[]): string {
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
.own { fill: #2563eb } .peer { fill: #52525b } .floor { fill: #8e8e96 }
@media (prefers-color-scheme: dark) {
  text { fill: #d4d4d8 } .title { fill: #fafafa }
  .own { fill: #60a5fa } .peer { fill: #a1a1aa } .floor { fill: #6b6b74 }
}
</style>
${parts.join('\n')}
</svg>
`
}

function isFloor(title: string): boolean {
  return /^(an empty|bare|the |one |trips )/.test(title)
}
