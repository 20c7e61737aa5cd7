/** Runs once, in the process that runs the tests: keeps the instances that test files share, and ends them with the run. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { TestProject } from 'vitest/node'
import { directUrl } from './app-process.ts'
import { type Instance, type Settings, startInstance, type Target } from './instances.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where `sharedInstance` asks. */
    instancePool: string
  }
}

interface Shared {
  instance: Instance
  url: string
}

/** Workerd is asked past wrangler's proxy, which takes as long again as the app. `restart.test.ts` and others go by the proxy. */
async function startShared(target: Target, settings: Settings): Promise<Shared> {
  const instance = await startInstance(target, { settings })
  try {
    return { instance, url: target.startsWith('workerd') ? await directUrl(instance) : instance.url }
  } catch (error) {
    await instance.stop()
    throw error
  }
}

export default async function openInstancePool(project: TestProject): Promise<() => Promise<void>> {
  const instances = new Map<string, Promise<Shared>>()

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.end(JSON.stringify({ error: String(error) })))
  })
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const key = Buffer.concat(await request.toArray()).toString('utf8')
    const { target, settings }: { target: Target; settings: Settings } = JSON.parse(key)
    const starting = instances.get(key) ?? startShared(target, settings)
    instances.set(key, starting)
    try {
      response.end(JSON.stringify({ url: (await starting).url }))
    } catch (error) {
      instances.delete(key)
      throw error
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no address')
  project.provide('instancePool', `http://127.0.0.1:${address.port}`)

  return async () => {
    server.closeAllConnections()
    server.close()
    const stops = await Promise.allSettled(
      [...instances.values()].map(async (instance) => (await instance).instance.stop()),
    )
    const failures = stops.flatMap((stop) => (stop.status === 'rejected' ? [stop.reason] : []))
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'))
  }
}
