import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ROOT } from '../../scripts/lib/setup.mjs'

const DIST = join(ROOT, '.vercel/output/static/_worker.js/__next-on-pages-dist__')

/** What an edge function of the build for Pages weighs, in bytes, gzipped. */
export interface WeighedFunction {
  /** Such as `/api/me`. */
  path: string
  alone: number
  /** With the files that it imports, and those that they import. */
  whole: number
}

/** In the order of their paths. */
export function weighEdgeFunctions(): WeighedFunction[] {
  const folder = join(DIST, 'functions')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
    .map((file) => {
      const shared = [...importsOf(file)].reduce((sum, each) => sum + gzipped(readFileSync(each)), 0)
      const alone = gzipped(readFileSync(file))
      return { path: file.slice(folder.length).replace(/\.func\.js$/, ''), alone, whole: alone + shared }
    })
}

export function gzipped(bytes: Uint8Array): number {
  return gzipSync(bytes, { level: 9 }).length
}

function importsOf(path: string, seen = new Set<string>()): Set<string> {
  for (const [, from = ''] of readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*\(?["'](\.[^"']+\.js)["']/g)) {
    const file = join(path, '..', from)
    if (seen.has(file)) continue
    seen.add(file)
    importsOf(file, seen)
  }
  return seen
}
