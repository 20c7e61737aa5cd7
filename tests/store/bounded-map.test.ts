import { expect, it } from 'vitest'
import { BoundedMap } from '../../lib/store/bounded-map.ts'

it('forgets its oldest entry when one too many is set', () => {
  const map = new BoundedMap<string, number>(2)
  map.set('a', 1).set('b', 2).set('a', 3).set('c', 4)
  expect([...map]).toEqual([
    ['a', 3],
    ['c', 4],
  ])
})
