import { DurableObject } from 'cloudflare:workers'
import type { Credential, EmailChange, Ended, NewAccount, Recovery, UnixSeconds } from '../contract.ts'
import { fold } from '../fold.ts'
import type { AccountMethods, AddressMethods, Remote, StoreBindings } from './objects.ts'

/**
 * Who owns an address. Storage: `owner`, a user id, noted before that account is created or changes to the address, and
 * forgotten after it is deleted: so an account always has its address. Whether the address is the owner's, the account
 * itself says: an interruption leaves an owner whose it is not, for the next who wants the address to find and replace.
 *
 * A change leaves the owner of the old address as it is, too, and the account keeps that address as long as the change can
 * be undone. So nothing has to be told to two objects, and time alone frees it.
 */
export class AddressObject extends DurableObject<StoreBindings> implements AddressMethods {
  /** The creation, change or deletion before this one. */
  #last: Promise<unknown> = Promise.resolve()

  create(account: NewAccount): Promise<'created' | 'email_taken'> {
    return this.#inTurn(() => this.#claim(account))
  }

  async credential(address: string): Promise<Credential | null> {
    // Without an owner nobody is asked instead, so that the time of an answer does not tell which addresses have an account.
    return this.env.STORE.getByName(this.#owner() ?? `nobody:${this.ctx.id}`).credentialOf(address)
  }

  changeEmail({ userId, ...change }: EmailChange): Promise<'changed' | 'email_taken' | 'refused'> {
    return this.#inTurn(async () => {
      if (await this.#belongsToAnother(userId, fold(change.to), change.now)) return 'email_taken'
      const { outcome } = await this.#asOwner(userId, (account, fences) => account.changeEmail(change, fences))
      return outcome
    })
  }

  recover({ userId, ...recovery }: Recovery): Promise<Ended<'recovered'>> {
    return this.#inTurn(async () => {
      if (await this.#belongsToAnother(userId, fold(recovery.to), recovery.now)) return { outcome: 'refused' }
      return await this.#asOwner(userId, (account, fences) => account.recover(recovery, fences))
    })
  }

  delete(userId: string, from: number): Promise<Ended<'deleted'>> {
    return this.#inTurn(async () => {
      const deletion = await this.env.STORE.getByName(userId).delete(from)
      if (deletion.outcome === 'deleted' && this.#owner() === userId) await this.ctx.storage.deleteAll()
      return deletion
    })
  }

  async #claim({ address, ...account }: NewAccount): Promise<'created' | 'email_taken'> {
    const { id, createdAt } = account.user
    if (await this.#belongsToAnother(null, address, createdAt)) return 'email_taken'
    this.ctx.storage.kv.put<string>('owner', id)
    if (await this.env.STORE.getByName(id).create(account)) return 'created'
    throw new Error('The account was sealed before it was created')
  }

  /** Where not, what an interruption has left on its way to the owner's account comes too late from now on. */
  async #belongsToAnother(userId: string | null, address: string, now: UnixSeconds): Promise<boolean> {
    const owner = this.#owner()
    return owner !== undefined && owner !== userId && this.env.STORE.getByName(owner).holdsOrFence(address, now)
  }

  /** Does `step` with the user noted as the owner, and forgets the note where nothing came of it. */
  async #asOwner<Answer extends { outcome: string }>(
    userId: string,
    step: (account: Remote<AccountMethods>, fences: number) => Promise<Answer>,
  ): Promise<Answer> {
    const account = this.env.STORE.getByName(userId)
    const fences = await account.fences() // before the note: whoever finds that may call off what follows
    const wasOwner = this.#owner() === userId
    this.ctx.storage.kv.put<string>('owner', userId)
    const answer = await step(account, fences)
    if (answer.outcome === 'refused' && !wasOwner) await this.ctx.storage.deleteAll()
    return answer
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
