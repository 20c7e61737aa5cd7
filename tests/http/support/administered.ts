import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../scripts/redis-server.mjs'
import { makeDataFolder, PROFILES, type Settings, startInstance, type Target } from '../../support/instances.ts'
import { startRedisBackend } from '../../support/redis-backend.ts'
import { aMember, type Member } from './app.ts'

export interface Administered {
  url: string
  /** An admin by the settings. */
  admin: Member
  stop(): Promise<void>
}

/**
 * An instance with an admin, made as a deployer makes the first one: somebody signs up, and their id goes into
 * `AUTH_ADMIN_IDS`.
 */
export async function startAdministered(target: Target, settings: Settings = PROFILES.default): Promise<Administered> {
  const data = makeDataFolder()
  const redis = target === 'workerd with Durable Objects' ? undefined : await startRedisBackend(join(data, 'redis'))
  const cleanUp = async () => {
    await redis?.stop()
    rmSync(data, { recursive: true, force: true })
  }
  try {
    const options = { data, redis, port: await freePort() }
    const before = await startInstance(target, { ...options, settings })
    const admin = await aMember(before, { name: 'Grace Hopper' }).finally(before.stop)
    const named = { ...settings, AUTH_ADMIN_IDS: admin.signedUp.user.id }
    const { url, stop } = await startInstance(target, { ...options, settings: named })
    return { url, admin, stop: () => stop().finally(cleanUp) }
  } catch (error) {
    await cleanUp()
    throw error
  }
}
