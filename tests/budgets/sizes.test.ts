import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { gzipped, weighEdgeFunctions } from '../support/edge-functions.ts'
import { ROOT, sharedInstance } from '../support/instances.ts'

/** Bytes. */
const kB = 1_000

/** The driver of a store that is one of two, and its libraries. */
const REDIS = [/^@upstash\//, /\/store\/redis\//]
/** Templates and carriers, by the one module that names them. */
const MAIL = [/\/mail\/mailer\.ts$/]

describe('gzipped', () => {
  it('middleware is at most 60 kB', () => {
    expect(gzipped(readFileSync(join(ROOT, '.next/server/middleware.js')))).toBeLessThanOrEqual(60 * kB)
  })

  it('any one edge function, with all that it shares, is at most 350 kB', () => {
    const functions = weighEdgeFunctions()
    expect(functions.length).toBeGreaterThan(10)
    for (const { path, whole } of functions) expect(whole, path).toBeLessThanOrEqual(350 * kB)
  })

  it('lib/ as a bare Worker that checks sessions is at most 6 kB', async () => {
    expect(await bundled('check-path.ts')).toBeLessThanOrEqual(6 * kB)
  })

  it('lib/ as a bare Worker that does everything, on Durable Objects, is at most 46 kB', async () => {
    expect(await bundled('bare-worker.ts', [...REDIS, ...MAIL])).toBeLessThanOrEqual(46 * kB)
  })

  it('what Redis takes, with its two libraries, adds at most 38 kB to it', async () => {
    const alone = await bundled('bare-worker.ts', [...REDIS, ...MAIL])
    expect((await bundled('bare-worker.ts', MAIL)) - alone).toBeLessThanOrEqual(38 * kB)
  })

  it('what mails look like, and who carries them, adds at most 6 kB', async () => {
    const alone = await bundled('bare-worker.ts', [...REDIS, ...MAIL])
    expect((await bundled('bare-worker.ts', REDIS)) - alone).toBeLessThanOrEqual(6 * kB)
  })

  it.each(['/login', '/signup'])('the scripts that %s loads first are at most 120 kB', async (page) => {
    const { url } = await sharedInstance('next start with Redis')
    const html = await (await fetch(url + page)).text()
    const scripts = new Set([...html.matchAll(/<script[^>]* src="([^"]+)"(?![^>]*noModule)/gi)].map(([, src]) => src))
    expect(scripts.size).toBeGreaterThan(3)
    let weight = 0
    for (const src of scripts) weight += gzipped(Buffer.from(await (await fetch(url + src)).arrayBuffer()))
    expect(weight).toBeLessThanOrEqual(120 * kB)
  })
})

/** @param left paths that match are left out, with whatever only they import */
async function bundled(entry: string, left: RegExp[] = []): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, entry)],
    alias: { '@': ROOT },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    plugins: [leavingOut(left)],
    logLevel: 'error',
  })
  return gzipped(outputFiles[0]?.contents ?? new Uint8Array())
}

function leavingOut(patterns: RegExp[]): Plugin {
  return {
    name: 'leaving out',
    setup({ onResolve }) {
      onResolve({ filter: /./ }, ({ path }) =>
        patterns.some((each) => each.test(path)) ? { path, external: true } : null,
      )
    },
  }
}
