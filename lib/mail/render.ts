/**
 * Renders the mails' components, both as HTML and as text. Next refuses `react-dom/server` in route handlers, and it would add
 * some 50 kB to each; mails need no more of React than function components and elements: no hooks, nothing asynchronous.
 *
 * An element with `data-text="none"` is in the HTML only.
 */
import type { ReactNode } from 'react'

/** Columns of text, of the 78 that a line of mail should have at most (RFC 5322 §2.1.1). */
const COLUMNS = 76

const VOID = ['br', 'meta']

/** These begin and end a paragraph of text. */
const BLOCKS = ['h1', 'p']

interface Host {
  tag: string
  props: Record<string, unknown>
  children: Piece[]
}

/** What is left when every component has been called. */
type Piece = string | Host

export function renderHtml(node: ReactNode): string {
  return `<!doctype html>${expand(node).map(toHtml).join('')}`
}

export function renderText(node: ReactNode): string {
  const paragraphs = expand(node)
    .map(toText)
    .join('')
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.trim().split('\n').map(wrap).join('\n'))
  return `${paragraphs.filter(Boolean).join('\n\n')}\n`
}

/** @throws {TypeError} for what is neither text nor a component nor an element of HTML */
function expand(node: unknown): Piece[] {
  if (node === null || node === undefined || typeof node === 'boolean') return []
  if (typeof node === 'string' || typeof node === 'number') return [`${node}`]
  if (Array.isArray(node)) return node.flatMap(expand)
  if (!isElement(node)) throw new TypeError('A mail is made of text, components and elements')
  const { type, props } = node
  if (typeof type === 'function') return expand(type(props))
  const children = expand(props.children)
  return typeof type === 'string' ? [{ tag: type, props, children }] : children // a fragment
}

function isElement(node: unknown): node is { type: unknown; props: Record<string, unknown> } {
  return typeof node === 'object' && node !== null && 'type' in node && 'props' in node
}

function toHtml(piece: Piece): string {
  if (typeof piece === 'string') return escapeHtml(piece)
  const { tag, props, children } = piece
  const attributes = Object.entries(props).map(([name, value]) => attribute(name, value))
  const start = `<${tag}${attributes.join('')}>`
  return VOID.includes(tag) ? start : `${start}${children.map(toHtml).join('')}</${tag}>`
}

function attribute(name: string, value: unknown): string {
  if (name === 'children' || name === 'data-text') return ''
  const html = name === 'className' ? 'class' : name.toLowerCase()
  return ` ${html}="${escapeHtml(name === 'style' ? toCss(Object(value)) : `${value}`)}"`
}

function toCss(style: Record<string, unknown>): string {
  const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return Object.entries(style)
    .map(([name, value]) => `${kebab(name)}:${value}`)
    .join(';')
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function toText(piece: Piece): string {
  if (typeof piece === 'string') return piece.replace(/\s+/g, ' ')
  const { tag, props, children } = piece
  if (tag === 'head' || props['data-text'] === 'none') return ''
  if (tag === 'br') return '\n'
  const text = children.map(toText).join('')
  return BLOCKS.includes(tag) ? `\n\n${text}\n\n` : text
}

/** What is longer than a line, such as a link, gets a line of its own and stays whole. */
function wrap(line: string): string {
  const lines: string[] = []
  let current = ''
  for (const word of line.trim().split(' ')) {
    if (current && current.length + 1 + word.length > COLUMNS) {
      lines.push(current)
      current = word
    } else current = current ? `${current} ${word}` : word
  }
  return [...lines, current].join('\n')
}
