import type { Metadata } from 'next'
import { type AccountPage, type AccountSearch, listAccounts } from '@/lib/auth/administration.ts'
import { ok } from '@/lib/auth/result.ts'
import { ADMIN } from '@/lib/auth/roles.ts'
import { storeFailure } from '@/lib/http/endpoint.ts'
import { getServices, requireRole } from '@/lib/next.ts'
import type { UnixSeconds } from '@/lib/store/contract.ts'
import { AccountList } from '../../_components/admin-account-list.tsx'
import { OutOfReach } from '../../_components/out-of-reach.tsx'
import { first, type Query } from '../../_components/query.ts'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata: Metadata = {
  title: 'Accounts',
  description: 'Every account, for admins.',
  robots: { index: false, follow: false },
}

const PAGE_SIZE = 20
const MAX_QUERY_LENGTH = 254

export default async function AccountsPage({ searchParams }: { searchParams: Promise<Query> }) {
  const params = await searchParams
  const search = {
    query: (first(params.query) ?? '').trim().slice(0, MAX_QUERY_LENGTH),
    cursor: first(params.cursor) || null,
    limit: PAGE_SIZE,
  }
  const found = await findAccounts(search).catch(storeFailure)
  return (
    <>
      <h1 className="text-2xl sm:text-3xl">Accounts</h1>
      <SearchForm query={search.query} />
      {found.ok && <Accounts {...found.value} search={search} />}
      {!found.ok && found.error.code === 'store_unavailable' && <OutOfReach href={hrefOf(search)} />}
      {!found.ok && found.error.code === 'invalid_fields' && <BadCursor href={hrefOf({ ...search, cursor: null })} />}
    </>
  )
}

/** The role is checked here, where the data is. */
async function findAccounts(search: AccountSearch) {
  await requireRole(ADMIN, { fresh: true })
  const services = await getServices()
  const page = await listAccounts(services, search)
  return page.ok ? ok({ page: page.value, now: services.clock() }) : page
}

function SearchForm({ query }: { query: string }) {
  return (
    <search>
      <form action="/admin" className="my-6">
        <label htmlFor="query" className="mb-1.5 block font-medium">
          Email, @domain, name or user id
        </label>
        <div className="flex flex-wrap gap-3">
          <input
            type="search"
            id="query"
            name="query"
            defaultValue={query}
            maxLength={MAX_QUERY_LENGTH}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            enterKeyHint="search"
            className="input grow basis-48"
          />
          <button type="submit" className="button button-primary min-h-12">
            Search
          </button>
          {query && (
            <a href="/admin" className="button button-quiet min-h-12">
              Show all
            </a>
          )}
        </div>
      </form>
    </search>
  )
}

interface AccountsProps {
  page: AccountPage
  now: UnixSeconds
  search: AccountSearch
}

function Accounts({ page: { users, nextCursor }, now, search }: AccountsProps) {
  return (
    <>
      {users.length > 0 ? (
        <AccountList users={users} now={now} />
      ) : (
        <Nothing search={search} goesOn={nextCursor !== null} />
      )}
      {(search.cursor || nextCursor) && (
        <nav aria-label="Pages" className="mt-6 flex flex-wrap gap-3">
          {search.cursor && (
            <a href={hrefOf({ ...search, cursor: null })} className="button button-quiet">
              First page
            </a>
          )}
          {nextCursor && (
            <a href={hrefOf({ ...search, cursor: nextCursor })} rel="next" className="button button-quiet">
              Next page
            </a>
          )}
        </nav>
      )}
    </>
  )
}

/** @param goesOn whether there are more accounts to look through: a search for several words may find none among many */
function Nothing({ search: { query, cursor }, goesOn }: { search: AccountSearch; goesOn: boolean }) {
  if (goesOn) return <p className="card p-5 text-muted sm:p-8">Nothing so far. The search goes on on the next page.</p>
  if (cursor) return <p className="card p-5 text-muted sm:p-8">That was all. There is nothing more to show.</p>
  return (
    <div className="card p-5 wrap-anywhere sm:p-8">
      <p>
        No account matches <strong className="font-medium">{query}</strong>.
      </p>
      <p className="mt-1 text-muted">
        Try the beginning of an email address or of a name, a domain such as @example.com, or a whole user id.
      </p>
    </div>
  )
}

function BadCursor({ href }: { href: string }) {
  return (
    <div role="alert" className="notice notice-wait flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      That page of the list can't be found. The link may have been cut off.
      <a href={href} className="button button-quiet">
        First page
      </a>
    </div>
  )
}

function hrefOf({ query, cursor }: Pick<AccountSearch, 'query' | 'cursor'>): string {
  const params = new URLSearchParams({ ...(query && { query }), ...(cursor && { cursor }) })
  return params.size > 0 ? `/admin?${params}` : '/admin'
}
