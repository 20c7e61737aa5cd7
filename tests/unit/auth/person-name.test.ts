import { describe, expect, it } from 'vitest'
import { parsePersonName } from '../../../lib/auth/person-name.ts'

describe('a name', () => {
  it.each([
    ['  Ada Lovelace ', 'Ada Lovelace'],
    ['X Æ A-12', 'X Æ A-12'],
    ['龍', '龍'],
    ['Ada\n', 'Ada'],
    ['x'.repeat(100), 'x'.repeat(100)],
    [` ${'x'.repeat(100)} `, 'x'.repeat(100)],
    ['', null],
    [' \t\n', null],
    [null, null],
  ])('is trimmed, and may be none: %j', (input, name) => {
    expect(parsePersonName(input)).toEqual({ ok: true, name })
  })

  it.each([
    ['Ada\nLovelace', 'invalid'],
    ['Ada\u0000', 'invalid'],
    ['Ada\u0085Lovelace', 'invalid'],
    ['x'.repeat(101), 'name_too_long'],
    ['🦊'.repeat(51), 'name_too_long'],
  ])('is one line of at most 100 units: %j is refused', (input, issue) => {
    expect(parsePersonName(input)).toEqual({ ok: false, issue })
  })
})
