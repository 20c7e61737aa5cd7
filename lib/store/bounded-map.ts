/** A map that forgets its oldest entries, so that what an isolate remembers cannot be made to grow by its visitors. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #most: number

  constructor(most: number) {
    super()
    this.#most = most
  }

  override set(key: K, value: V): this {
    this.delete(key) // what is set again is young again
    super.set(key, value)
    if (this.size > this.#most) {
      for (const oldest of this.keys()) {
        this.delete(oldest)
        break
      }
    }
    return this
  }
}
