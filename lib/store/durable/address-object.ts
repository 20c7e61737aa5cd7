import { DurableObject } from 'cloudflare:workers'
import type { Credential, Ended, NewAccount } from '../contract.ts'
import type { AddressMethods, StoreBindings } from './objects.ts'

/**
 * Who owns an address. Storage: `owner`, a user id, noted before that account is created and forgotten after it is deleted:
 * so an account always has its address, and an owner without an account is what an interruption leaves, for the next
 * creation to find and replace.
 */
export class AddressObject extends DurableObject<StoreBindings> implements AddressMethods {
  /** The creation or deletion before this one. */
  #last: Promise<unknown> = Promise.resolve()

  create(account: NewAccount): Promise<'created' | 'email_taken'> {
    return this.#inTurn(() => this.#claim(account))
  }

  async credential(): Promise<Credential | null> {
    // Without an owner nobody is asked instead, so that the time of an answer does not tell which addresses have an account.
    return this.env.STORE.getByName(this.#owner() ?? `nobody:${this.ctx.id}`).credential()
  }

  delete(userId: string, from: number): Promise<Ended<'deleted'>> {
    return this.#inTurn(async () => {
      const deletion = await this.env.STORE.getByName(userId).delete(from)
      if (deletion.outcome === 'deleted' && this.#owner() === userId) await this.ctx.storage.deleteAll()
      return deletion
    })
  }

  async #claim({ address: _, ...account }: NewAccount): Promise<'created' | 'email_taken'> {
    const owner = this.#owner()
    // An interrupted creation may still be on its way to the owner's account: once sealed, it comes too late.
    if (owner !== undefined && (await this.env.STORE.getByName(owner).existsOrSeal())) return 'email_taken'
    this.ctx.storage.kv.put<string>('owner', account.user.id)
    if (await this.env.STORE.getByName(account.user.id).create(account)) return 'created'
    throw new Error('The account was sealed before it was created')
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {}) // its own caller hears of it
    return turn
  }

  #owner(): string | undefined {
    return this.ctx.storage.kv.get<string>('owner')
  }
}
