import { beforeAll, describe } from 'vitest'
import { Client } from '../../support/client.ts'
import { PROFILES, type Settings, sharedInstance, TARGETS, type Target } from '../../support/instances.ts'
import { expectPromisesKept } from './promises.ts'

/** The instance that a suite talks to. */
export interface App {
  target: Target
  /** Known once tests run. */
  url: string
}

/** A suite that runs on every target (`default`: both hosts, both stores), with instances that other files use too. */
export function describeApp(
  title: string,
  suite: (app: App) => void,
  { settings = PROFILES.default, targets = TARGETS }: { settings?: Settings; targets?: Target[] } = {},
): void {
  describe.each(targets)(`${title} (%s)`, (target) => {
    const app: App = { target, url: '' }
    beforeAll(async () => {
      app.url = (await sharedInstance(target, settings)).url
    })
    suite(app)
  })
}

export const PASSWORD = 'correct horse battery'

/** Somebody with an address and cookies of their own. Every answer they get is held against what holds for all answers. */
export class Visitor extends Client {
  override async send(...[path, outgoing]: Parameters<Client['send']>): ReturnType<Client['send']> {
    const answer = await super.send(path, outgoing)
    expectPromisesKept(path, answer)
    return answer
  }
}

export interface Member extends Visitor {
  email: string
  password: string
  /** Body of the answer to the sign-up. */
  signedUp: SignedInBody
}

export interface SignedInBody {
  user: { id: string; email: string; emailVerified: boolean; name: string | null; roles: string[]; createdAt: string }
  session: { id: string; expiresAt: string; accessExpiresAt: string }
}

export function aVisitor({ url }: Pick<App, 'url'>): Visitor {
  return new Visitor(url)
}

/** An address that no account has. */
export function anEmail(): string {
  return `${crypto.randomUUID()}@example.com`
}

/** Somebody who has just signed up. */
export async function aMember(
  app: Pick<App, 'url'>,
  fields: { name?: string; remember?: boolean } = {},
): Promise<Member> {
  const visitor = aVisitor(app)
  const email = anEmail()
  const answer = await visitor.post('/api/auth/signup', { email, password: PASSWORD, ...fields })
  if (answer.status !== 201) throw new Error(`Sign-up failed: ${answer.status} ${answer.text}`)
  return Object.assign(visitor, { email, password: PASSWORD, signedUp: answer.json })
}

/** The cookies of a member, as a `cookie` header; those in `changed` replaced, or left out where null. */
export function cookieHeader({ cookies }: Client, changed: Record<string, string | null> = {}): string {
  const all = { ...Object.fromEntries(cookies), ...changed }
  return Object.entries(all)
    .flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]))
    .join('; ')
}

/** Waits until `time` (ISO 8601) has passed. */
export async function waitUntil(time: string): Promise<void> {
  const wait = Date.parse(time) - Date.now()
  await new Promise((resolve) => setTimeout(resolve, wait + 50))
}

/** Header and claims of a JWT, unverified. */
export function readToken(token: string | undefined): { header: unknown; claims: Record<string, unknown> } {
  const [header, claims] = (token ?? '').split('.').map((part) => Buffer.from(part, 'base64url').toString('utf8'))
  return { header: JSON.parse(header ?? ''), claims: JSON.parse(claims ?? '') }
}
