/** From what was measured to tables: ratios round by round, and budgets. */
import type { Chart } from './chart.ts'
import type { Measured } from './load.ts'
import { median, quantile, spread } from './statistics.ts'
import type { Table } from './table.ts'

type Cell = string | number

/** A benchmark, as the function under `it` gets it. */
export interface Task {
  name: string
  meta: { table?: Table; chart?: Chart }
}

/**
 * Throughput, times and CPU, alone and in a crowd.
 *
 * @param floorOf the title of what a row's CPU is held against
 */
export function loadTable(rows: Measured[], crowd: number, floorOf: (title: string) => string): Omit<Table, 'title'> {
  const cells = rows.map(({ title, alone, crowded }) => {
    const ratios = cpuRatios(rows, title, floorOf(title))
    const times = [alone, crowded].flatMap(({ rates, durations }) => [
      median(rates),
      median(durations),
      quantile(durations, 0.99),
    ])
    return [title, ...[...times, median(crowded.cpu), median(ratios)].map(rounded), percent(ratios)]
  })
  const columns = ['', 'alone: /s', 'median', 'p99', `${crowd} clients: /s`, 'median', 'p99', 'CPU', 'over floor', '±']
  return { columns, rows: cells }
}

export function cpuChart(title: string, rows: Measured[]): Chart {
  return { title, bars: rows.map(({ title, crowded }) => ({ title, value: median(crowded.cpu) })) }
}

/** Round by round, where both had the same company. */
export function cpuRatios(rows: Measured[], title: string, floor: string): number[] {
  return ratios(of(rows, title).crowded.cpu, of(rows, floor).crowded.cpu)
}

export function rateRatios(rows: Measured[], title: string, floor: string): number[] {
  return ratios(of(rows, title).crowded.rates, of(rows, floor).crowded.rates)
}

export function ratios(numbers: number[], others: number[]): number[] {
  return numbers.map((number, round) => number / (others[round] ?? Number.NaN))
}

function of(rows: Measured[], title: string): Measured {
  const row = rows.find((each) => each.title === title)
  if (!row) throw new Error(`${title} was not measured`)
  return row
}

export const BUDGET_COLUMNS = ['budget', 'promised', 'measured', '±', '']

/** @param values of the rounds, or the one that there is */
export function heldTo(budget: string, values: number[], promised: `${'≤' | '≥'} ${number}`): Cell[] {
  const [sign, bound] = promised.split(' ')
  const value = median(values)
  const isHeld = sign === '≤' ? value <= Number(bound) : value >= Number(bound)
  const verdict = Number.isNaN(value) ? 'not measured' : isHeld ? 'held' : 'missed'
  return [budget, promised, `${rounded(value)}`, percent(values), verdict]
}

/** To three digits that say something. */
export function rounded(value: number): number {
  return Math.abs(value) < 1_000 ? Number(value.toPrecision(3)) : Math.round(value)
}

export function percent(values: number[]): string {
  return `${Math.round(spread(values) * 100)} %`
}
