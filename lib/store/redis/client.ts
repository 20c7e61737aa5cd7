import { Redis } from '@upstash/redis/cloudflare'
import { STORE_DEADLINE_SECONDS } from '../deadline.ts'

export interface RedisSettings {
  url: string
  token: string
}

/**
 * A client for an isolate: it opens no connection of its own, and it has a function for each command that there is, twice over.
 * Commands issued in one tick travel as one HTTP request. They are of one user's request, since an isolate turns to another
 * one only when a tick is over: so nothing that belongs to a request outlives it here.
 */
export function connectRedis({ url, token }: RedisSettings): Redis {
  return new Redis({
    url,
    token,
    enableAutoPipelining: true,
    automaticDeserialization: false, // it would turn the text '12345' into a number
    responseEncoding: false, // base64 is for values that are not text; ours all are
    enableTelemetry: false,
    // Not `false`, which still tries a second time: what was answered into the void would be done twice.
    retry: { retries: 0, backoff: () => 0 },
    // The deadline of each trip, until the whole answer is there. A function: given a plain signal, the client answers an aborted
    // request with its reason as if it were the result.
    signal: () => AbortSignal.timeout(STORE_DEADLINE_SECONDS * 1_000),
  })
}

/** The client writes the whole command into its messages, with addresses and password hashes: cut it off. */
export function withoutCommand(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const [message = ''] = error.message.split(', command was: ')
  return message === error.message ? error : new Error(message)
}

/** Runs `command` at once, in the caller's own tick; what it throws does not repeat the command. */
export async function runCommand<T>(command: () => Promise<T>): Promise<T> {
  try {
    return await command()
  } catch (error) {
    throw withoutCommand(error)
  }
}
