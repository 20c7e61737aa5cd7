import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import {
  createServer as createHttpServer,
  type IncomingMessage,
  request as openRequest,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from '../../support/certificate.ts'

/** Header fields by their names in lower case. */
export type Fields = Record<string, string | string[] | undefined>

export interface Passing {
  method: string
  path: string
  /** The body of the request. */
  sent: string
  status: number
  fields: Fields
  body: string
}

/** What a platform may do to what passes it. */
export interface Mischief {
  /** Changes what the app gets; by now it has what a good platform adds. `sent`: what the client sent. */
  request?(fields: Fields, sent: Fields, path: string): void
  /** Changes what the client gets. */
  answer?(answer: Passing): void | Promise<void>
  /** Carries plain http too, in the place of leading to https. */
  carriesPlain?: boolean
}

/** Where the platform sees its clients: a network for documentation (RFC 5737). */
const CLIENTS = '203.0.113.'

/** How many so far, so that none is in a limit of another's. */
let clients = 0

/** First byte of a TLS handshake. */
const HANDSHAKE = 0x16

/** A platform in front of an instance: it ends TLS, leads http to https, and names clients' addresses as Cloudflare does. */
export interface Deployment {
  url: string
  /** The same without TLS, as if nothing stood in front but the mischief. */
  plainUrl: string
  /** A file with the certificate that clients have to trust. */
  certificate: string
  stop(): Promise<void>
}

/** Its clients come from another address than those of others, so that they are in no limit of theirs. */
export async function startDeployment(instance: { url: string }, mischief: Mischief = {}): Promise<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-deployment-'))
  const { key, cert } = makeCertificate()
  const certificate = join(folder, 'certificate.pem')
  writeFileSync(certificate, cert)
  clients += 1
  const client = CLIENTS + clients

  const tls = createHttpsServer({ key, cert }, (request, response) => {
    carry(request, response, 'https').catch(() => response.destroy())
  })
  const plain = createHttpServer((request, response) => {
    if (mischief.carriesPlain) return void carry(request, response, 'http').catch(() => response.destroy())
    response.writeHead(308, { location: `https://${request.headers.host}${request.url}` }).end()
  })

  async function carry(request: IncomingMessage, response: ServerResponse, protocol: string): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = request
    const body = Buffer.concat(await request.toArray())
    const fields: Fields = {
      ...headers,
      'x-forwarded-proto': protocol,
      'x-forwarded-for': client,
      'cf-connecting-ip': client,
      'accept-encoding': undefined,
    }
    mischief.request?.(fields, headers, path)
    const answer = await forward({ method, path, fields }, body)
    await mischief.answer?.(answer)
    if (response.destroyed) return
    response.writeHead(answer.status, answer.fields)
    response.end(answer.body)
  }

  function forward({ method, path, fields }: Pick<Passing, 'method' | 'path' | 'fields'>, body: Buffer) {
    return new Promise<Passing>((resolve, reject) => {
      const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
      const request = openRequest(instance.url + path, { method, headers: given }, (answer) => {
        const { 'transfer-encoding': _, 'content-length': __, connection: ___, ...headers } = answer.headers
        answer.toArray().then(
          (chunks) =>
            resolve({
              method,
              path,
              sent: body.toString('utf8'),
              status: answer.statusCode ?? 502,
              fields: headers,
              body: Buffer.concat(chunks).toString('utf8'),
            }),
          reject,
        )
      })
      request.once('error', reject)
      request.end(body)
    })
  }

  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}) // a client that goes away is its own business
    socket.once('close', () => sockets.delete(socket))
    socket.once('data', (chunk) => {
      socket.pause()
      socket.unshift(chunk)
      const target = chunk[0] === HANDSHAKE ? tls : plain
      target.emit('connection', socket)
      process.nextTick(() => socket.resume()) // once the server listens to it
    })
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no address')

  return {
    url: `https://localhost:${address.port}`,
    plainUrl: `http://localhost:${address.port}`,
    certificate,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
