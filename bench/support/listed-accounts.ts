import type { NewAccount, PageRequest, Position } from '../../lib/store/contract.ts'
import { searchTerms } from '../../lib/store/search-terms.ts'
import { anAccount } from '../../tests/support/builders.ts'

/** Accounts on a page. */
const LIMIT = 20
/** Of 12 digits, so that both drivers write it alike where they name a place by it. */
const FIRST_CREATED = 100_000_000_000

/** A page to measure, and what it has to show. */
export interface MeasuredPage {
  title: string
  request: PageRequest
  /** Ids of the accounts that are shown. */
  shown: string[]
  /** The same, and the one behind them, which tells that there is a next page. */
  read: string[]
}

/** Half of them are called Ada, half are at example.com, a quarter both. In the order of their creation. */
export function listedAccounts(count: number): NewAccount[] {
  return Array.from({ length: count }, (_, i) => {
    const [first, last] = i % 2 === 1 ? ['Ada', 'Lovelace'] : ['Grace', 'Hopper']
    const email = `${first.toLowerCase()}.${`${i}`.padStart(6, '0')}@example.${i % 4 < 2 ? 'com' : 'org'}`
    return anAccount({ user: { email, name: `${first} ${last}`, createdAt: FIRST_CREATED + i }, address: email })
  })
}

/** What is measured in a list of `accounts`: the same pages, however many there are. */
export function measuredPages(accounts: NewAccount[]): MeasuredPage[] {
  const all = newestFirst(accounts)
  const adas = found(accounts, 'ada')
  return [
    aPage('all accounts, first page', '', all),
    aPage('all accounts, a page in the middle', '', all, all.length / 2),
    aPage('all accounts, last page', '', all, all.length - LIMIT),
    aPage('beginning of an address, 5 found', 'ada.00001', found(accounts, 'ada.00001')),
    aPage('a domain, half of all found', '@example.com', found(accounts, '@example.com')),
    aPage('a word of a name, half of all found', 'ada', adas),
    aPage('the same word, last page', 'ada', adas, adas.length - LIMIT),
    aPage('a word, none found', 'adam', found(accounts, 'adam')),
  ]
}

function aPage(title: string, prefix: string, list: Position[], start = 0): MeasuredPage {
  const ids = list.slice(start, start + LIMIT + 1).map(({ id }) => id)
  return {
    title,
    request: { prefix, after: list[start - 1] ?? null, limit: LIMIT },
    shown: ids.slice(0, LIMIT),
    read: ids,
  }
}

function newestFirst(accounts: NewAccount[]): Position[] {
  return accounts.map(({ user }) => ({ term: `${user.createdAt}`, id: user.id })).toReversed()
}

/** Found by going through them all: by their first term that begins with `prefix`, in the order of terms and ids (ASCII). */
function found(accounts: NewAccount[], prefix: string): Position[] {
  return accounts
    .flatMap(({ user }) => {
      const [term] = searchTerms(user)
        .filter((each) => each.startsWith(prefix))
        .sort()
      return term === undefined ? [] : { term, id: user.id }
    })
    .sort((a, b) => (`${a.term}\n${a.id}` < `${b.term}\n${b.id}` ? -1 : 1))
}
