import { describe, expect, it } from 'vitest'
import { isListedBy, placedTerms, searchTerms } from '../../lib/store/search-terms.ts'

const termsOf = (name: string | null, email = 'ada@example.com') => searchTerms({ email, name })

describe('search terms', () => {
  it('are the address, its domain and the words of the name', () => {
    expect(termsOf('Ada King Lovelace')).toEqual(['ada@example.com', '@example.com', 'ada', 'king', 'lovelace'])
  })

  it('are address and domain where there is no name', () => {
    for (const name of [null, '', ' ', '—', '🦊', '\ud83d']) {
      expect(termsOf(name)).toEqual(['ada@example.com', '@example.com'])
    }
  })

  it('are the same whatever the case and the Unicode form', () => {
    expect(termsOf('ÉLODIE', 'Ada@EXAMPLE.com')).toEqual(termsOf('e\u0301lodie', 'ａda@example.com'))
  })

  it.each([
    ["O'Brien-Müller, Jr.", ["o'brien-müller", 'o', 'brien', 'müller', 'jr']],
    ['Mary-Jane, J.R.', ['mary-jane', 'mary', 'jane', 'j.r', 'j', 'r']],
    ['ada@example.com', ['ada', 'example.com', 'example', 'com']],
    ['Louis 14th', ['louis', '14th']],
    ['हिन्दी नाम', ['हिन्दी', 'नाम']],
    ['山田 太郎', ['山田', '太郎']],
    ['ada\nking\u0000lovelace', ['ada', 'king', 'lovelace']],
    ['half\ud83da', ['half', 'a']],
  ])('take the words out of the name %j', (name, words) => {
    expect(termsOf(name).slice(2)).toEqual(words)
  })

  it('hold each word once', () => {
    expect(termsOf('Ada ada ADA King')).toEqual(['ada@example.com', '@example.com', 'ada', 'king'])
  })

  it('leave out what comes after the twelfth of a name', () => {
    expect(termsOf('a b c d e f g h i j k l m n').slice(2)).toEqual([...'abcdefghijkl'])
  })

  it('contain no line feed, which separates them from ids', () => {
    for (const term of termsOf('Ada\nKing\r\nLovelace\u2028')) expect(term).not.toContain('\n')
  })
})

describe('the place of an account in a list', () => {
  const user = { email: 'ada@example.com', name: 'Adam Ada King' }
  const placesOf = (prefix: string, of = user) => searchTerms(of).filter((term) => isListedBy(term, prefix, of))

  it.each([
    ['a', 'ada'],
    ['ada', 'ada'],
    ['ada@', 'ada@example.com'],
    ['adam', 'adam'],
    ['@', '@example.com'],
    ['k', 'king'],
    ['', '@example.com'],
  ])('under %j is at the first term that begins with it', (prefix, term) => {
    expect(placesOf(prefix)).toEqual([term])
  })

  it.each(['b', 'adamant', 'da'])('is nowhere under %j', (prefix) => {
    expect(placesOf(prefix)).toEqual([])
  })

  it('is nowhere under a term that the account has no longer', () => {
    expect(isListedBy('lovelace', 'l', user)).toBe(false)
  })

  it('is in the order of UTF-8', () => {
    // U+FA0E is one unit of UTF-16, and above both of those of U+10428.
    expect(placesOf('x', { email: 'ada@example.com', name: 'x\u{10428} x\ufa0e' })).toEqual(['x\ufa0e'])
  })

  it("is told by the length of the prefix, and what the term has in common with the account's others", () => {
    const of = { email: 'ada.king@example.com', name: "Adam Ada O'King King" }
    for (const { term, shared } of placedTerms(of)) {
      for (let length = 1; length <= term.length; length++) {
        expect(isListedBy(term, term.slice(0, length), of), `${term} ${length}`).toBe(length > shared)
      }
    }
  })
})
