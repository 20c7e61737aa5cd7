import { describe, expect, it } from 'vitest'
import { safeNext } from '../../../lib/http/next-path.ts'

describe('next leads to a path on this origin', () => {
  it.each([
    '/',
    '/dashboard',
    '/account/sessions?page=2&q=a%20b#top',
    '/a/@b/~c/:d;e=f',
    '/search?q=100%25',
    '/a?next=https://other.example/',
    '/a//b',
    '/100%',
  ])('%s', (path) => {
    expect(safeNext(path)).toBe(path)
  })

  it.each([
    ['/日本?q=ä#é', '/%E6%97%A5%E6%9C%AC?q=%C3%A4#%C3%A9'],
    ['/a b', '/a%20b'],
    ['/a/../b', '/b'],
    ['/line\u2028', '/line%E2%80%A8'],
  ])('%j as %s, which a header field can hold', (path, ascii) => {
    expect(safeNext(path)).toBe(ascii)
    expect(safeNext(ascii)).toBe(ascii)
  })

  it('also what no encoding has a form for: half a character', () => {
    expect(encodeURI(safeNext('/half\ud83d'))).toBe('/half%25EF%25BF%25BD')
  })
})

/** Each would leave this origin in some browser, or after one more decoding on the way. */
const ELSEWHERE = [
  '//other.example',
  '///other.example',
  '/\\other.example',
  '\\\\other.example',
  '\\/other.example',
  '/\t/other.example',
  '/\n/other.example',
  '/\r/other.example',
  '/\u0000/other.example',
  '\t//other.example',
  ' //other.example',
  '/.//other.example',
  '/..//other.example',
  '/a/..//other.example',
  '/%2e%2e//other.example',
  'https://other.example',
  'https:other.example',
  'HTTPS://other.example',
  'javascript:alert(1)',
  'java\nscript:alert(1)',
  ' javascript:alert(1)',
  'data:text/html,x',
  'mailto:ada@example.com',
  'other.example',
  '@other.example',
  '.other.example',
  '?next=/',
  '#top',
  '',
]

describe('next leads nowhere else', () => {
  it.each(ELSEWHERE)('%j', (value) => {
    expect(safeNext(value)).toBe('/dashboard')
  })

  it.each(ELSEWHERE.filter((value) => value.length > 7 && !value.includes('%')))(
    'encoded once, twice or often: %j',
    (value) => {
      const encodings = [
        encodeURIComponent(value),
        value.slice(0, 1) + encodeURIComponent(value.slice(1)),
        [...value].map((c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
      ]
      for (let encoded of encodings) {
        for (let layer = 0; layer < 5; layer++) {
          for (const attempt of [encoded, `/${encoded}`]) {
            const { origin } = new URL(safeNext(attempt), 'https://here.example')
            expect(origin, attempt).toBe('https://here.example')
            expect(decodeTwice(safeNext(attempt)), attempt).toMatch(/^\/(?![/\\])/)
          }
          expect(safeNext(encoded)).toBe('/dashboard')
          encoded = encodeURIComponent(encoded)
        }
      }
    },
  )

  it.each([
    ['%2F%2Fother.example'],
    ['/%2Fother.example'],
    ['/%5Cother.example'],
    ['/%252Fother.example'],
    ['/%25252Fother.example'],
    ['/%2525252Fother.example'],
    ['/%09/other.example'],
    ['/%0d%0aLocation:%20https://other.example'],
    ['/%00'],
    ['/%7F'],
    ['/a%5C..%5C'],
    ['/.%2F/other.example'],
    ['/%2F%'],
    ['/%252F%25'],
  ])('%s', (value) => {
    expect(safeNext(value)).toBe('/dashboard')
  })

  it.each([undefined, null, 7, true, {}, [], ['/account'], { toString: () => '/account' }])(
    'what is no text: %j',
    (value) => {
      expect(safeNext(value)).toBe('/dashboard')
    },
  )
})

function decodeTwice(value: string): string {
  return decodeURIComponent(decodeURIComponent(value))
}
