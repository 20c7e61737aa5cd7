/** An HTTP client that changes nothing: paths, header fields and their number go out and come in as they are. */
import { request as openRequest } from 'node:http'

export interface Outgoing {
  method?: string
  headers?: Record<string, string>
  /** Sent as JSON. */
  json?: unknown
  /** Sent as `application/x-www-form-urlencoded`. */
  form?: Record<string, string>
  /** Sent as `multipart/form-data`. */
  multipart?: Record<string, string>
  /** Sent as it is; name its content type in `headers`. */
  body?: string | Uint8Array
  /** Leaves `Content-Length` out. */
  chunked?: boolean
}

export interface Answer {
  /** Of the request. */
  method: string
  status: number
  /** As received: lower-case name and value, repeated fields repeated. */
  fields: [string, string][]
  /** The field's value, or null; of a repeated one the first. */
  header(name: string): string | null
  setCookies: ReceivedCookie[]
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it and see what is there
  json: any
}

export interface ReceivedCookie {
  name: string
  value: string
  /** In lower case, without the `Max-Age` of `maxAge`. */
  attributes: string[]
  /** Seconds. */
  maxAge: number | null
}

/** @param target `http://host:port/path…`; the path is sent byte by byte */
export async function send(target: string, outgoing: Outgoing = {}): Promise<Answer> {
  const [, origin = '', path = '/'] = /^(https?:\/\/[^/]+)(.*)$/s.exec(target) ?? []
  const { hostname, port } = new URL(origin)
  const { body, type } = await encodeBody(outgoing)
  const headers: Record<string, string> = {
    ...(type ? { 'content-type': type } : {}),
    ...(body && !outgoing.chunked ? { 'content-length': `${body.length}` } : {}),
    ...outgoing.headers,
  }
  const method = outgoing.method ?? (body ? 'POST' : 'GET')
  return new Promise((resolve, reject) => {
    const request = openRequest({ hostname, port, path, method, headers, agent: false }, (response) => {
      response.toArray().then((chunks) => {
        const raw = response.rawHeaders
        const fields = raw.flatMap((name, i): [string, string][] =>
          i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1] ?? '']] : [],
        )
        const text = Buffer.concat(chunks).toString('utf8')
        const header = (name: string) => fields.find(([each]) => each === name)?.[1] ?? null
        resolve({
          method,
          status: response.statusCode ?? 0,
          fields,
          header,
          setCookies: fields.filter(([name]) => name === 'set-cookie').map(([, value]) => parseSetCookie(value)),
          text,
          json: /json/.test(header('content-type') ?? '') && text ? JSON.parse(text) : undefined,
        })
      }, reject)
    })
    request.once('error', reject)
    if (outgoing.chunked) request.flushHeaders()
    if (body) request.write(body)
    request.end()
  })
}

async function encodeBody({ json, form, multipart, body }: Outgoing) {
  if (json !== undefined) return { body: Buffer.from(JSON.stringify(json)), type: 'application/json' }
  if (form) return { body: Buffer.from(`${new URLSearchParams(form)}`), type: 'application/x-www-form-urlencoded' }
  if (multipart) {
    const data = new FormData()
    for (const [name, value] of Object.entries(multipart)) data.set(name, value)
    const encoded = new Response(data)
    return { body: Buffer.from(await encoded.arrayBuffer()), type: encoded.headers.get('content-type') }
  }
  return { body: body === undefined ? null : Buffer.from(body), type: null }
}

function parseSetCookie(text: string): ReceivedCookie {
  const [pair = '', ...attributes] = text.split(';').map((part) => part.trim())
  const maxAge = attributes.find((attribute) => /^max-age=/i.test(attribute))
  return {
    name: pair.slice(0, pair.indexOf('=')),
    value: pair.slice(pair.indexOf('=') + 1),
    attributes: attributes
      .map((attribute) => attribute.toLowerCase())
      .filter((attribute) => !/^max-age=/.test(attribute)),
    maxAge: maxAge ? Number(maxAge.slice('max-age='.length)) : null,
  }
}

/** Somebody with an address and a cookie jar of their own. */
export class Client {
  readonly url: string
  readonly ip: string
  /** What a browser would send. */
  readonly cookies = new Map<string, string>()

  constructor(url: string, ip: string = anAddress()) {
    this.url = url
    this.ip = ip
  }

  /** Sends a request with the jar's cookies, and keeps those of the answer. A `cookie` among the headers goes instead of the jar's. */
  async send(path: string, outgoing: Outgoing = {}): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { 'cf-connecting-ip': this.ip, ...(cookie ? { cookie } : {}), ...outgoing.headers }
    const answer = await send(this.url + path, { ...outgoing, headers })
    for (const { name, value, maxAge } of answer.setCookies) {
      if (maxAge === 0) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return answer
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(path, { headers })
  }

  post(path: string, json?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(path, { method: 'POST', json, headers })
  }
}

/** An IPv4 address that no other client of a run has. */
export function anAddress(): string {
  const [a, b, c] = crypto.getRandomValues(new Uint8Array(3))
  return `10.${a}.${b}.${c}`
}
