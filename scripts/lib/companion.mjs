/** Which code the companion Worker has. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { ROOT } from './setup.mjs'

/** The variable by which the companion Worker is told. */
const VARIABLE = 'COMPANION_VERSION'
const LENGTH = 12

/**
 * Names the code that this checkout has for the companion Worker: by what it comes to when it is bundled, so that only what runs
 * counts, and neither comments, types nor line ends do.
 *
 * @param {string} [root] of the checkout
 * @returns {string} the first 12 hexadecimal digits of a SHA-256
 * @throws {Error} with what esbuild says, when it cannot be bundled
 */
export function companionVersion(root = ROOT) {
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: [join('lib', 'companion', 'worker.ts')],
    external: ['cloudflare:*'],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
  })
  return createHash('sha256')
    .update(outputFiles[0]?.contents ?? '')
    .digest('hex')
    .slice(0, LENGTH)
}

/** For an environment of local Wranglers. */
export function companionVariables() {
  return { [VARIABLE]: companionVersion() }
}

/** Options of a `wrangler deploy`. */
export function companionOptions() {
  return ['--var', `${VARIABLE}:${companionVersion()}`]
}
