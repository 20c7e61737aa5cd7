import { Redis } from '@upstash/redis/cloudflare'
import { STORE_DEADLINE_SECONDS } from '../deadline.ts'

export interface RedisSettings {
  url: string
  token: string
}

/**
 * A client for one request: it holds I/O, which on Workers must not outlive its request. It opens no connection of its
 * own, so this costs some microseconds. Commands issued in one tick travel as one HTTP request.
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
    // A function: given a plain signal, the client answers an aborted request with its reason as if it were the result.
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
