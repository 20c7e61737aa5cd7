import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { checkbox, flag, optionalText, parseFields, requiredText, schema } from '../../../lib/http/fields.ts'

const SCHEMA = schema(() => ({
  text: requiredText(),
  tick: checkbox(),
  flag: z.optional(flag()),
  name: optionalText(),
}))

function parse(fields: Record<string, unknown>) {
  return parseFields(SCHEMA, { text: 'text', ...fields })
}

describe('the fields that a client sends', () => {
  it('are taken by name, and others left behind', () => {
    expect(parse({ admin: true })).toEqual({ ok: true, value: { text: 'text', tick: false, name: null } })
  })

  it.each([
    [true, true],
    ['on', true],
    ['true', true],
    ['1', true],
    [false, false],
    ['false', false],
    ['0', false],
    ['', false],
  ])('a flag, and a box that is ticked: %j is %s', (value, expected) => {
    expect(parse({ tick: value, flag: value })).toMatchObject({ value: { tick: expected, flag: expected } })
  })

  it('a box that is not sent is not ticked, a flag that is not sent says nothing', () => {
    expect(parse({})).toMatchObject({ value: { tick: false } })
    expect(parse({})).not.toHaveProperty('value.flag')
  })

  it.each([
    [' Ada ', ' Ada '],
    ['', ''],
    [null, null],
    [undefined, null],
  ])('text as it is, or none of it: %j', (given, name) => {
    expect(parse({ name: given })).toMatchObject({ value: { name } })
  })

  it.each([
    ['text', undefined, 'required'],
    ['text', '', 'required'],
    ['text', null, 'required'],
    ['text', 7, 'required'],
    ['text', ['text'], 'required'],
    ['text', { toString: 'text' }, 'required'],
    ['tick', 'maybe', 'invalid'],
    ['tick', 1, 'invalid'],
    ['tick', null, 'invalid'],
    ['flag', ['on', 'on'], 'invalid'],
    ['name', 7, 'invalid'],
    ['name', ['Ada'], 'invalid'],
  ])('are refused by name: %s %j is %s', (name, value, issue) => {
    expect(parse({ [name]: value })).toEqual({
      ok: false,
      error: { code: 'invalid_fields', fields: { [name]: [issue] } },
    })
  })

  it('are refused all at once', () => {
    expect(parse({ text: '', tick: 'maybe' })).toEqual({
      ok: false,
      error: { code: 'invalid_fields', fields: { text: ['required'], tick: ['invalid'] } },
    })
  })
})
