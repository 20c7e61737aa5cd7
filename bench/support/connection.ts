import { connect, type Socket } from 'node:net'

export interface Answer {
  status: number
  /** As they came. */
  head: string
  body: string
}

/** Sends a request and waits for its answer. */
export type Send = (request: string) => Promise<Answer>

export interface Connection {
  send: Send
  /** Connects anew: workerd closes what was idle for five seconds. */
  open(): Promise<void>
  close(): void
}

const HEAD_END = '\r\n\r\n'

/** A kept connection of HTTP/1.1 with one request on it at a time: a client so plain that the server is what is measured. */
export function aConnection(port: number): Connection {
  let socket: Socket | null = null
  let received = ''
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | null = null

  function fail(error: Error): void {
    waiting?.reject(error)
    waiting = null
  }

  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        if (!socket || socket.destroyed) fail(new Error('The connection is not open'))
        else socket.write(request, 'latin1')
      }),
    async open() {
      socket?.destroy()
      const opened = connect({ port, host: '127.0.0.1', noDelay: true })
      await new Promise<void>((resolve, reject) => opened.once('connect', resolve).once('error', reject))
      opened.setEncoding('latin1')
      opened.on('data', (chunk) => {
        received += chunk
        const answer = parse(received)
        if (!answer) return
        received = ''
        waiting?.resolve(answer)
        waiting = null
      })
      opened.on('error', fail)
      opened.on('close', () => opened === socket && fail(new Error('The connection was closed')))
      socket = opened
    },
    close: () => socket?.destroy(),
  }
}

/** @returns null while there is more to come */
function parse(text: string): Answer | null {
  const end = text.indexOf(HEAD_END)
  if (end < 0) return null
  const head = text.slice(0, end)
  const status = Number(head.slice(9, 12))
  const rest = text.slice(end + HEAD_END.length)
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? []
  if (length !== undefined) return rest.length < Number(length) ? null : { status, head, body: rest }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { status, head, body: '' }
  return rest.endsWith('0\r\n\r\n') ? { status, head, body: readChunks(rest) } : null
}

function readChunks(text: string): string {
  let body = ''
  for (let at = 0; ; ) {
    const lineEnd = text.indexOf('\r\n', at)
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    if (!size) return body
    body += text.slice(lineEnd + 2, lineEnd + 2 + size)
    at = lineEnd + 2 + size + 2
  }
}

/** The bytes of a request to `auth.example.com`, which is who everybody under measurement takes themselves for. */
export function request(method: 'GET' | 'POST', path: string, headers: Record<string, string> = {}, body = ''): string {
  const lines = Object.entries({ host: 'auth.example.com', 'content-length': `${body.length}`, ...headers })
  const head = [`${method} ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)]
  return `${head.join('\r\n')}${HEAD_END}${body}`
}

export function jsonRequest(path: string, body: unknown, headers: Record<string, string> = {}): string {
  return request('POST', path, { 'content-type': 'application/json', ...headers }, JSON.stringify(body))
}

export function formRequest(
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): string {
  const form = { 'content-type': 'application/x-www-form-urlencoded', ...headers }
  return request('POST', path, form, `${new URLSearchParams(fields)}`)
}

/** The `Cookie` header that a browser would send after this answer. */
export function cookiesOf({ head }: Answer): string {
  return [...head.matchAll(/\r\nset-cookie: *([^;\r\n]+)/gi)].map(([, pair]) => pair).join('; ')
}
