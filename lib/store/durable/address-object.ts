import { DurableObject } from 'cloudflare:workers'
import type { Credential, NewAccount } from '../contract.ts'
import type { AddressMethods, StoreBindings } from './objects.ts'

/**
 * Who owns an address. Storage: `owner`, a user id, noted before that account is created: so an account always has its
 * address, and an owner without an account is what an interruption leaves, for the next creation to find and replace.
 */
export class AddressObject extends DurableObject<StoreBindings> implements AddressMethods {
  /** The creation before this one. */
  #last: Promise<unknown> = Promise.resolve()

  create(account: NewAccount): Promise<'created' | 'email_taken'> {
    const creation = this.#last.then(() => this.#claim(account))
    this.#last = creation.catch(() => {}) // its own caller hears of it
    return creation
  }

  async credential(): Promise<Credential | null> {
    // Without an owner nobody is asked instead, so that the time of an answer does not tell which addresses have an account.
    return this.env.STORE.getByName(this.#owner() ?? `nobody:${this.ctx.id}`).credential()
  }

  async #claim({ user, passwordHash, session }: NewAccount): Promise<'created' | 'email_taken'> {
    const owner = this.#owner()
    // An interrupted creation may still be on its way to the owner's account: once sealed, it comes too late.
    if (owner !== undefined && (await this.env.STORE.getByName(owner).existsOrSeal())) return 'email_taken'
    this.ctx.storage.kv.put<string>('owner', user.id)
    if (await this.env.STORE.getByName(user.id).create({ user, passwordHash, session })) return 'created'
    throw new Error('The account was sealed before it was created')
  }

  #owner(): string | undefined {
    return this.ctx.storage.kv.get<string>('owner')
  }
}
