import { createElement as h } from 'react'
import { describe, expect, it } from 'vitest'
import { renderHtml, renderText } from '../../../lib/mail/render.ts'

function Greeting({ name }: { name: string }) {
  return h('p', null, 'Hello ', name)
}

describe('a mail as HTML', () => {
  it('has components called, fragments opened, and what is nothing left out', () => {
    const tree = h('body', null, h(Greeting, { name: 'Ada' }), [null, false, undefined, 0, h('br', { key: 'end' })])
    expect(renderHtml(tree)).toBe('<!doctype html><body><p>Hello Ada</p>0<br></body>')
  })

  it('escapes text and attributes', () => {
    const nasty = `<img src=x onerror='alert(1)'>&"`
    const html = renderHtml(h('a', { href: nasty, title: nasty }, nasty))
    expect(html.replace('<!doctype html>', '').match(/[<>]/g)).toEqual(['<', '>', '<', '>'])
    expect(read(/>([^<>]*)<\/a>$/.exec(html)?.[1])).toBe(nasty)
    expect([...html.matchAll(/="([^"]*)"/g)].map(([, value]) => read(value))).toEqual([nasty, nasty])
  })

  it('writes styles and attributes as HTML has them', () => {
    const td = h('td', { className: 'card', style: { fontSize: '14px', margin: '0' }, colSpan: 2 })
    expect(renderHtml(td)).toBe('<!doctype html><td class="card" style="font-size:14px;margin:0" colspan="2"></td>')
  })

  it('refuses what is no part of a mail', () => {
    expect(() => renderHtml(Promise.resolve('late'))).toThrow(TypeError)
  })
})

describe('a mail as text', () => {
  it('has its paragraphs apart, and is silent on what is for the eye', () => {
    const tree = h(
      'html',
      null,
      h('head', null, h('title', null, 'Title')),
      h('h1', null, 'Hello'),
      h('div', { 'data-text': 'none' }, 'Button'),
      h('p', null, 'One', h('br'), 'two  spaces'),
    )
    expect(renderText(tree)).toBe('Hello\n\nOne\ntwo spaces\n')
  })

  it('is not escaped', () => {
    expect(renderText(h('p', null, `"Ada" & <Grace>'s`))).toBe(`"Ada" & <Grace>'s\n`)
  })

  it('has lines of at most 76 columns, and words that are longer whole, on a line of their own', () => {
    const link = `https://auth.example.com/${'x'.repeat(100)}`
    const text = renderText(h('p', null, `${'word '.repeat(40)}${link} and more`))
    const lines = text.trimEnd().split('\n')
    expect(lines).toContain(link)
    expect(lines.filter((line) => line !== link).every((line) => line.length <= 76)).toBe(true)
    expect(lines.join(' ')).toBe(`${'word '.repeat(40)}${link} and more`)
  })
})

/** As a browser reads it. */
function read(escaped = ''): string {
  return escaped.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
}
