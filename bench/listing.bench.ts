/** Whether listing and searching accounts takes longer when there are more of them. */
import { expect, inject, it } from 'vitest'
import type { Store } from '../lib/store/contract.ts'
import { measureInTurn } from './support/alternating-rounds.ts'
import { fillDirectory, fillRedis } from './support/filled-stores.ts'
import { listedAccounts, type MeasuredPage, measuredPages } from './support/listed-accounts.ts'

const FEW = 100
const MANY = 100_000

/** A store with its accounts, and the pages of it that are measured. */
interface Subject {
  store: Store
  pages: MeasuredPage[]
}

it(`listing accounts, 20 on a page, of ${written(FEW)} and of ${written(MANY)}`, async ({ task }) => {
  const rows: (string | number)[][] = []
  for (const [driver, open] of [
    ['Redis', openRedis],
    ['Durable Objects', openDurableObjects],
  ] as const) {
    const few = await open(FEW, 'redisOfFew')
    const many = await open(MANY, 'redisOfMany')
    await expectPages(few)
    await expectPages(many)
    for (const [index, { title }] of few.pages.entries()) {
      const [ofFew, ofMany] = await measureInTurn([few, many].map((subject) => () => show(subject, index)))
      if (!ofFew || !ofMany) throw new Error('Two subjects have two timings')
      const cells = [ofFew.median, ofFew.p99, ofMany.median, ofMany.p99, ofMany.median / ofFew.median]
      rows.push([driver, title, ...cells.map((cell) => Number(cell.toFixed(2)))])
    }
    await expectPages(many) // nothing of it was lost on the way
  }
  const columns = ['store', 'page', `${written(FEW)}: median`, 'p99', `${written(MANY)}: median`, 'p99', 'ratio']
  task.meta.table = { title: `${task.name}; milliseconds; ratio of the medians`, columns, rows }
})

function written(count: number): string {
  return count.toLocaleString('en')
}

async function openRedis(count: number, backend: 'redisOfFew' | 'redisOfMany'): Promise<Subject> {
  const accounts = listedAccounts(count)
  return { store: await fillRedis(inject(backend), 'bench', accounts), pages: measuredPages(accounts) }
}

async function openDurableObjects(count: number): Promise<Subject> {
  const accounts = listedAccounts(count)
  const pages = measuredPages(accounts)
  const read = new Set(pages.flatMap((page) => page.read))
  return { store: await fillDirectory(`of ${count}`, accounts, read), pages }
}

async function expectPages(subject: Subject): Promise<void> {
  for (const [index, { title, shown }] of subject.pages.entries()) {
    expect(await show(subject, index), title).toEqual(shown)
  }
}

async function show({ store, pages }: Subject, index: number): Promise<string[]> {
  const { request } = pages[index] ?? {}
  if (!request) throw new Error('Both sizes have the same pages')
  const { users } = await store.accounts.page(request)
  return users.map(({ id }) => id)
}
