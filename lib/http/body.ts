import { fail, ok, type Result } from '../auth/result.ts'
import type { HttpError } from './problem.ts'

const MAX_BYTES = 16 * 1024

/**
 * Of a body that is too large, as much is read and thrown away: a client that is still sending when the answer comes may lose the
 * connection before it reads it.
 */
const DRAINED_BYTES = 1024 * 1024

/** Fields as the client sent them, still to be parsed. Those of a form are strings, or lists of strings where a name repeats. */
export type Fields = Record<string, unknown>

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

const FORM_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data']

/** Tells a page's form post, which is answered with redirects, from a client that reads answers. */
export function isFormPost(request: Request): boolean {
  if (request.method !== 'POST' || !FORM_TYPES.includes(mediaType(request))) return false
  const wantsJson = request.headers.get('accept')?.includes('application/json') ?? false
  return !wantsJson
}

/** Reads a JSON object or a form of at most 16 KiB. No body at all is an object without fields. */
export async function readFields(request: Request): Promise<Result<Fields, HttpError>> {
  const bytes = await readBytes(request)
  if (bytes === null) return fail({ code: 'body_too_large' })
  const type = mediaType(request)
  if (bytes.length === 0 && type === '') return ok({})
  try {
    if (type === 'application/json') return readJson(bytes)
    if (FORM_TYPES.includes(type)) return await readForm(bytes, request.headers.get('content-type') ?? '')
  } catch {
    return fail({ code: 'malformed_body' })
  }
  return fail({ code: 'unsupported_media_type' })
}

/** The whole body, or null as soon as it is known to be too large. */
async function readBytes(request: Request): Promise<Uint8Array<ArrayBuffer> | null> {
  const { headers } = request
  const length = Number(headers.get('content-length') ?? Number.NaN)
  if (length > MAX_BYTES) {
    if (length <= DRAINED_BYTES) await readChunks(request)
    return null
  }
  if (Number.isNaN(length) || headers.has('transfer-encoding')) return readChunks(request)
  if (length === 0) return new Uint8Array()
  // At once, for chunks cost some 100 µs in workerd. Hosts read no further than was announced (RFC 9112 §6.2).
  const bytes = new Uint8Array(await request.arrayBuffer())
  return bytes.length > MAX_BYTES ? null : bytes
}

async function readChunks({ body }: Request): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = body?.getReader()
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    length += read.value.length
    if (length > DRAINED_BYTES) {
      await reader?.cancel()
      return null
    }
    if (length <= MAX_BYTES) chunks.push(read.value)
  }
  if (length > MAX_BYTES) return null
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}

function readJson(bytes: Uint8Array): Result<Fields, HttpError> {
  if (bytes.length === 0) return ok({})
  const value: unknown = JSON.parse(decoder.decode(bytes))
  return isFields(value) ? ok(value) : fail({ code: 'malformed_body' })
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

async function readForm(bytes: Uint8Array<ArrayBuffer>, contentType: string): Promise<Result<Fields, HttpError>> {
  const form = await new Response(bytes, { headers: { 'content-type': contentType } }).formData()
  const fields = new Map<string, string | string[]>()
  // One pass: a stranger chooses how many names there are, and how often each comes.
  for (const [name, value] of form) {
    if (typeof value !== 'string') return fail({ code: 'malformed_body' })
    const before = fields.get(name)
    if (Array.isArray(before)) before.push(value)
    else fields.set(name, before === undefined ? value : [before, value])
  }
  return ok(Object.fromEntries(fields))
}

function mediaType(request: Request): string {
  return request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
}
