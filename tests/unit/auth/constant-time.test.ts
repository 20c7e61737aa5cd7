import { expect, it } from 'vitest'
import { equalInConstantTime } from '../../../lib/auth/constant-time.ts'

it.each([
  [[], [], true],
  [[1, 2, 3], [1, 2, 3], true],
  [[1, 2, 3], [0, 2, 3], false],
  [[1, 2, 3], [1, 2, 4], false],
  [[1, 2, 3], [1, 2], false],
  [[1, 2], [1, 2, 0], false],
])('compares %j with %j: %s', (a, b, equal) => {
  expect(equalInConstantTime(Uint8Array.from(a), Uint8Array.from(b))).toBe(equal)
})
