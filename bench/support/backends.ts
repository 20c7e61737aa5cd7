/** Runs once, in Node, before all benchmarks: two Redises behind Upstash's protocol, each with its data in a folder that goes with it. */
import type { TestProject } from 'vitest/node'
import { startRedisBackend } from '../../tests/support/redis-backend.ts'
import './provided-context.ts'

export default async function startBackends(project: TestProject): Promise<() => Promise<void>> {
  const [few, many] = await Promise.all([startRedisBackend(), startRedisBackend()])
  project.provide('redisOfFew', { url: few.url, token: few.token })
  project.provide('redisOfMany', { url: many.url, token: many.token })
  return async () => {
    await Promise.all([few.stop(), many.stop()])
  }
}
