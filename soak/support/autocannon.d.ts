/** What is used of autocannon, which comes without types. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events'

  interface RequestText {
    method: 'GET' | 'POST'
    path: string
    headers: Record<string, string>
    body?: string
  }

  interface DynamicRequest {
    /** Called right before each request is sent. */
    setupRequest(request: RequestText): RequestText
    /** @param headers as received; a repeated field is an array */
    onResponse(status: number, body: string, context: object, headers: Record<string, string | string[]>): void
  }

  /** One connection. */
  interface Client extends EventEmitter<{ response: [status: number, bytes: number, milliseconds: number] }> {
    setRequests(requests: DynamicRequest[]): void
  }

  interface Options {
    url: string
    connections: number
    /** Seconds. */
    duration: number
    /** Seconds without an answer, after which a connection is opened anew. */
    timeout: number
    setupClient(client: Client): void
  }

  interface Result {
    /** Seconds. */
    duration: number
  }

  export default function autocannon(options: Options): PromiseLike<Result>
}
