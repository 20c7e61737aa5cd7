import { encode } from 'jose/base64url'
import { describe, expect, it } from 'vitest'
import { type AccountSearch, findAccount, listAccounts, setAccess } from '../../../lib/auth/administration.ts'
import { authenticate, type FreshUser } from '../../../lib/auth/authenticate.ts'
import { login } from '../../../lib/auth/login.ts'
import type { SignedIn } from '../../../lib/auth/open-session.ts'
import { refresh } from '../../../lib/auth/refresh.ts'
import { ADMIN } from '../../../lib/auth/roles.ts'
import type { SignupForm } from '../../../lib/auth/signup.ts'
import { NOW } from '../../support/builders.ts'
import {
  aFreshUser,
  aSignedInUser,
  aSignupForm,
  aVisitor,
  aWorld,
  freshUser,
  setAccessOf,
  type World,
} from '../../support/world.ts'

const FORBIDDEN = { ok: false, error: { code: 'forbidden' } }
const NOT_FOUND = { ok: false, error: { code: 'not_found' } }

/** A world whose list of accounts is its own. */
function aWorldOfItsOwn(given: Parameters<typeof aWorld>[0] = {}): World {
  return aWorld({ backend: 'redis', ...given })
}

/** Accounts, each a second younger than the one before. @returns their ids */
async function someAccounts(world: World, forms: Partial<SignupForm>[]): Promise<string[]> {
  const ids: string[] = []
  for (const form of forms) {
    world.wait(1)
    ids.push((await aSignedInUser(world, form)).user.id)
  }
  return ids
}

async function aPage({ services }: World, search: Partial<AccountSearch>) {
  const page = await listAccounts(services, { query: '', cursor: null, limit: 20, ...search })
  if (!page.ok) throw new Error(page.error.code)
  return page.value
}

/** The ids on each page. */
async function pages(world: World, search: Partial<AccountSearch>): Promise<string[][]> {
  const found: string[][] = []
  let cursor: string | null = null
  do {
    const page = await aPage(world, { ...search, cursor })
    found.push(page.users.map(({ id }) => id))
    cursor = page.nextCursor
  } while (cursor !== null)
  return found
}

/** An admin by the store. */
async function anAdmin(world: World): Promise<SignedIn & { fresh: FreshUser }> {
  const signedIn = await aSignedInUser(world)
  await setAccessOf(world, signedIn.user.id, { roles: ['user', ADMIN] })
  return { ...signedIn, fresh: await freshUser(world, signedIn) }
}

function give(
  { services }: World,
  { fresh }: { fresh: FreshUser },
  userId: string,
  access: Parameters<typeof setAccess>[4],
) {
  return setAccess(services, aVisitor(), fresh, userId, access)
}

async function rolesOf({ services }: World, userId: string): Promise<string[] | undefined> {
  return (await services.store.accounts.userById(userId))?.roles
}

describe('the list of accounts', () => {
  it('has each account once, the newest first, in whole pages', async () => {
    const world = aWorldOfItsOwn()
    const ids = (
      await someAccounts(
        world,
        Array.from({ length: 7 }, () => ({})),
      )
    ).reverse()
    expect(await pages(world, { limit: 3 })).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)])
    expect(await pages(world, { limit: 7 })).toEqual([ids])
    expect(await pages(world, { limit: 100, query: '  ' })).toEqual([ids])
  })

  it('is found by what an address, a domain or a word of a name begins with, in whatever spelling', async () => {
    const world = aWorldOfItsOwn()
    const [ada, grace] = await someAccounts(world, [
      { email: 'Countess@Engine.example', name: 'Ada Lovelace' },
      { email: 'grace@navy.example', name: 'Grace Brewster Hopper' },
    ])
    for (const query of ['countess', 'COUNTESS@E', '@engine', 'ada', 'LOVE', '\uff4cove', ' lovelace ']) {
      expect(await pages(world, { query }), query).toEqual([[ada]])
    }
    for (const query of ['grace', '@navy.example', 'hop'])
      expect(await pages(world, { query }), query).toEqual([[grace]])
    for (const query of ['navy', 'opper', 'nobody', '@', 'e']) {
      expect((await pages(world, { query })).flat(), query).toHaveLength(query === '@' ? 2 : 0)
    }
  })

  it('is found by several words, each of which something of the account begins with', async () => {
    const world = aWorldOfItsOwn()
    const [ada, bob] = await someAccounts(world, [
      { email: 'countess@engine.example', name: 'Ada Lovelace' },
      { email: 'widow@other.example', name: 'Bob Lovelace' },
      { email: 'poet@other.example', name: 'Ada Byron' },
    ])
    for (const query of ['ada lovelace', 'lovelace ada', 'LOV  A', 'ada @engine', 'countess love']) {
      expect(await pages(world, { query }), query).toEqual([[ada]])
    }
    expect((await pages(world, { query: 'love' })).flat().sort()).toEqual([ada, bob].sort())
    expect(await pages(world, { query: 'bob byron' })).toEqual([[]])
  })

  it('is whole for several words, however many accounts only one of them fits', async () => {
    const world = aWorldOfItsOwn()
    const firstNames = 'Bob Ada Ada Ada Bob Bob Bob Bob'.split(' ')
    const names = Array.from('abcdefghijklmnopqrstuvwx', (letter, i) => `${firstNames[i % 8]} Lovelace${letter}`)
    const ids = await someAccounts(
      world,
      names.map((name) => ({ name })),
    )
    const expected = ids.filter((_, i) => names[i]?.startsWith('Ada'))
    for (const limit of [1, 2, 3, 8]) {
      const found = await pages(world, { query: 'ada lovelace', limit })
      expect(found.flat(), `${limit} a page`).toEqual(expected)
      expect(Math.max(...found.map(({ length }) => length))).toBeLessThanOrEqual(limit)
    }
  })

  it('costs an answer ten reads at most, and goes on from there', async () => {
    const world = aWorldOfItsOwn()
    await someAccounts(
      world,
      Array.from({ length: 12 }, () => ({ name: 'Bob Lovelace' })),
    )
    world.takeTrips()
    const page = await aPage(world, { query: 'ada lovelace', limit: 1 })
    expect(world.takeTrips()).toEqual(Array.from({ length: 10 }, () => ['accounts.page']))
    expect(page).toEqual({ users: [], nextCursor: expect.any(String) })
    const rest = await aPage(world, { query: 'ada lovelace', limit: 1, cursor: page.nextCursor })
    expect(rest).toEqual({ users: [], nextCursor: null })
    expect(world.takeTrips()).toHaveLength(2)
  })

  it('has the account whose id is asked for', async () => {
    const world = aWorldOfItsOwn()
    const [first = '', second] = await someAccounts(world, [{}, {}])
    expect(await pages(world, { query: ` ${first} ` })).toEqual([[first]])
    expect(await pages(world, { query: first.slice(0, -1) })).toEqual([[]])
    expect((await pages(world, {})).flat()).toContain(second)
  })

  it('has it alone, also where addresses begin like that id', async () => {
    const world = aWorldOfItsOwn()
    const [first = ''] = await someAccounts(world, [{}])
    await someAccounts(
      world,
      [1, 2, 3].map((i) => ({ email: `${first}.${i}@example.com` })),
    )
    expect(await pages(world, { query: first, limit: 1 })).toEqual([[first]])
  })

  it('names the admins of the settings', async () => {
    const world = aWorldOfItsOwn()
    const [ada = '', grace = ''] = await someAccounts(world, [{}, {}])
    const rolePolicy = { ...world.services.rolePolicy, adminIds: new Set([ada]) }
    const { users } = await aPage({ ...world, services: { ...world.services, rolePolicy } }, {})
    expect(users.map(({ id, roles }) => [id, roles])).toEqual([
      [grace, ['user']],
      [ada, ['user', 'admin']],
    ])
  })

  it.each([
    ['nothing', ''],
    ['no base64url', '%%%'],
    ['no JSON', encode('ada')],
    ['null', encode('null')],
    ['an empty list', encode('[]')],
    ['half a place', encode('["ada"]')],
    ['numbers', encode('[1,2]')],
    ['an object', encode('{"term":"ada","id":"ada"}')],
    ['bytes that are no text', encode(new Uint8Array([0x5b, 0x22, 0xff, 0x22, 0x5d]))],
  ])('has no page behind a cursor that is %s, and no store is asked', async (_, cursor) => {
    const world = aWorldOfItsOwn()
    expect(await listAccounts(world.services, { query: '', cursor, limit: 20 })).toEqual({
      ok: false,
      error: { code: 'invalid_fields', fields: { cursor: ['invalid'] } },
    })
    expect(world.takeTrips()).toEqual([])
  })
})

describe('an account', () => {
  it('is found by its id, with the roles that count', async () => {
    const world = aWorld()
    const { user } = await aSignedInUser(world)
    expect(await findAccount(world.services, user.id)).toEqual({ ok: true, value: user })
    const rolePolicy = { ...world.services.rolePolicy, adminIds: new Set([user.id]) }
    const named = await findAccount({ ...world.services, rolePolicy }, user.id)
    expect(named).toMatchObject({ value: { roles: ['user', 'admin'] } })
  })

  it('is not there for an id that nobody has, and no store is asked about what is no id', async () => {
    const world = aWorld()
    expect(await findAccount(world.services, 'A'.repeat(22))).toEqual(NOT_FOUND)
    world.takeTrips()
    for (const id of ['', 'ada', 'A'.repeat(23)]) expect(await findAccount(world.services, id)).toEqual(NOT_FOUND)
    expect(world.takeTrips()).toEqual([])
  })
})

describe('a change of roles', () => {
  it('counts from the next renewal on, and at once where it is asked for', async () => {
    const world = aWorld({ rolePolicy: { roles: ['user', 'admin', 'editor'] } })
    const admin = await anAdmin(world)
    const one = await aSignedInUser(world)
    const changed = await give(world, admin, one.user.id, { roles: ['editor', 'user', 'editor'] })
    expect(changed).toEqual({ ok: true, value: { ...one.user, roles: ['editor', 'user'] } })
    expect((await freshUser(world, one)).roles).toEqual(['editor', 'user'])
    expect(await refresh(world.services, aVisitor(), one.refreshToken)).toMatchObject({
      value: { user: { roles: ['editor', 'user'] } },
    })
    expect(world.ended).toEqual([])
  })

  it('is noted for the owner, who does not learn where the admin is, and recorded with who made it', async () => {
    const world = aWorld()
    const admin = await anAdmin(world)
    const { user } = await aSignedInUser(world)
    const visitor = aVisitor()
    await setAccess(world.services, visitor, admin.fresh, user.id, { roles: [] })
    const [newest] = await world.services.store.accounts.activity(user.id)
    expect(newest).toEqual({ type: 'roles.changed', at: NOW, ip: '', userAgent: '', count: 1 })
    expect(world.events.at(-1)).toEqual({
      event: 'roles.changed',
      userId: user.id,
      by: admin.user.id,
      ip: visitor.ip,
    })
  })

  it('takes no role that there is not, and no store is asked', async () => {
    const world = aWorld({ rolePolicy: { roles: ['user', 'admin', 'editor'] } })
    const admin = await anAdmin(world)
    const { user } = await aSignedInUser(world)
    world.takeTrips()
    for (const roles of [['root'], ['user', 'Admin'], ['']]) {
      expect(await give(world, admin, user.id, { roles })).toEqual({
        ok: false,
        error: { code: 'invalid_fields', fields: { roles: ['role_unknown'] } },
      })
    }
    expect(world.takeTrips()).toEqual([])
  })

  it('of an account that is not there is refused, and no store is asked about what is no id', async () => {
    const world = aWorld()
    const admin = await anAdmin(world)
    expect(await give(world, admin, 'A'.repeat(22), { roles: ['user'] })).toEqual(NOT_FOUND)
    world.takeTrips()
    expect(await give(world, admin, 'ada', { disabled: true })).toEqual(NOT_FOUND)
    expect(world.takeTrips()).toEqual([])
  })
})

describe('an account that an admin disables', () => {
  it('loses all its sessions everywhere, and nobody logs in to it until it is enabled', async () => {
    const world = aWorld()
    const { services } = world
    const admin = await anAdmin(world)
    const form = aSignupForm()
    const one = await aSignedInUser(world, form)
    const other = await login(services, aVisitor(), form)
    if (!other.ok) throw new Error(other.error.code)
    const sessions = [one, other.value]

    expect(await give(world, admin, one.user.id, { disabled: true })).toMatchObject({ value: { disabled: true } })
    expect(world.ended.toSorted()).toEqual(sessions.map(({ session }) => session.id).sort())
    for (const { accessToken, refreshToken } of sessions) {
      expect(await authenticate(services, { bearer: accessToken, accessCookie: null })).toBeNull()
      expect((await refresh(services, aVisitor(), refreshToken)).ok).toBe(false)
    }
    expect((await login(services, aVisitor(), form)).ok).toBe(false)
    await world.settled()

    expect(await give(world, admin, one.user.id, { disabled: false })).toMatchObject({ value: { disabled: false } })
    expect((await login(services, aVisitor(), form)).ok).toBe(true)
    expect(await refresh(services, aVisitor(), one.refreshToken)).toMatchObject({ error: { code: 'session_revoked' } })

    const activity = await services.store.accounts.activity(one.user.id)
    expect(activity.map(({ type }) => type)).toEqual([
      'login.succeeded',
      'account.enabled',
      'login.failed',
      'account.disabled',
      'login.succeeded',
      'account.created',
    ])
    const events = world.events.filter(({ by }) => by === admin.user.id).map(({ event }) => event)
    expect(events).toEqual(['account.disabled', 'account.enabled'])
  })
})

describe('one admin always remains', () => {
  it.each([
    ['take the role from themselves', { roles: ['user'] }],
    ['disable themselves', { disabled: true }],
    ['do both', { roles: [], disabled: true }],
  ])('as none can %s, and no store is asked', async (_, access) => {
    const world = aWorld()
    const admin = await anAdmin(world)
    world.takeTrips()
    expect(await give(world, admin, admin.user.id, access)).toEqual(FORBIDDEN)
    expect(world.takeTrips()).toEqual([])
  })

  it('who may change whatever else they are', async () => {
    const world = aWorld()
    const admin = await anAdmin(world)
    expect((await give(world, admin, admin.user.id, { roles: ['admin'], disabled: false })).ok).toBe(true)
    expect(await rolesOf(world, admin.user.id)).toEqual(['admin'])
  })

  it.each([
    ['lost the role', { roles: ['user'] }],
    ['was disabled', { disabled: true }],
  ])('as who %s meanwhile changes nothing', async (_, access) => {
    const world = aWorld()
    const [admin, former] = [await anAdmin(world), await anAdmin(world)]
    expect((await give(world, admin, former.user.id, access)).ok).toBe(true)
    world.ended.length = 0
    for (const change of [{ roles: ['user'] }, { disabled: true }]) {
      expect(await give(world, former, admin.user.id, change)).toEqual(FORBIDDEN)
    }
    expect(await world.services.store.accounts.userById(admin.user.id)).toMatchObject({
      roles: ['user', 'admin'],
      disabled: false,
    })
    expect(world.ended).toEqual([])
  })

  it.each([
    ['take each other’s role', { roles: ['user'] }],
    ['disable each other', { disabled: true }],
  ])('as of two who %s at once one succeeds', async (_, access) => {
    for (const backend of ['durable', 'redis'] as const) {
      const world = aWorld({ backend })
      const [one, other] = [await anAdmin(world), await anAdmin(world)]
      const changes = await Promise.all([
        give(world, one, other.user.id, access),
        give(world, other, one.user.id, access),
      ])
      expect(changes.map(({ ok }) => ok).sort(), backend).toEqual([false, true])
      expect(changes, backend).toContainEqual(FORBIDDEN)
    }
  })

  it('by the word of the settings, whatever the store says of them', async () => {
    const world = aWorld()
    const named = await aFreshUser(world)
    const admin = await anAdmin(world)
    const { user } = await aSignedInUser(world)
    expect(await give(world, named, user.id, { roles: ['admin'] })).toEqual(FORBIDDEN)

    const rolePolicy = { ...world.services.rolePolicy, adminIds: new Set([named.user.id]) }
    const governed = { ...world, services: { ...world.services, rolePolicy } }
    expect((await give(governed, named, user.id, { roles: ['admin'] })).ok).toBe(true)
    expect(await give(governed, admin, named.user.id, { roles: ['user'] })).toMatchObject({
      value: { roles: ['user', 'admin'] },
    })
    expect((await give(governed, named, user.id, { roles: ['user'] })).ok).toBe(true)
  })
})
