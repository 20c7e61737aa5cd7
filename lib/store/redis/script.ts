import type { Redis } from '@upstash/redis/cloudflare'
import { withoutCommand } from './client.ts'

/** Lua, which Redis runs as one step, and the name it has in Redis' script cache. */
export interface Script {
  source: string
  sha1: string
}

/** Names `source` by its SHA-1, in hexadecimal. */
async function nameScript(source: string): Promise<Script> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(source))
  const sha1 = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return { source, sha1 }
}

export async function nameEach<Name extends string>(sources: Record<Name, string>): Promise<Record<Name, Script>> {
  const entries = Object.entries<string>(sources).map(
    async ([name, source]) => [name, await nameScript(source)] as const,
  )
  return Object.fromEntries(await Promise.all(entries)) as Record<Name, Script>
}

/** Runs `script` by its name, and sends the whole of it only to a Redis that does not know it (yet, or any more). */
export async function runScript(
  redis: Redis,
  { source, sha1 }: Script,
  keys: string[],
  args: (string | number)[],
): Promise<unknown> {
  const texts = args.map(String)
  try {
    return await redis.evalsha(sha1, keys, texts)
  } catch (error) {
    if (!isUnknownScript(error)) throw withoutCommand(error)
  }
  try {
    return await redis.eval(source, keys, texts)
  } catch (error) {
    throw withoutCommand(error)
  }
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Command failed: NOSCRIPT')
}
