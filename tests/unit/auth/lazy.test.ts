import { expect, it, vi } from 'vitest'
import { lazy } from '../../../lib/auth/lazy.ts'

it('what is made lazily is made when it is first asked for, and once', () => {
  const make = vi.fn(() => ({}))
  const made = lazy(make)
  expect(make).not.toHaveBeenCalled()
  expect(made()).toBe(made())
  expect(make).toHaveBeenCalledTimes(1)
})
