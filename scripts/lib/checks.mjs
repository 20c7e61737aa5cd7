/** What can be told of the sources without running them. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './setup.mjs'
import { NEXT } from './tools.mjs'

const BIN = join(ROOT, 'node_modules')
const TSC = [process.execPath, join(BIN, 'typescript', 'bin', 'tsc')]
const BIOME = [process.execPath, join(BIN, '@biomejs', 'biome', 'bin', 'biome')]

/** Each folder with globals of its own (a page's, the Web's alone, a Worker's) has one. */
const TYPED = globSync('{.,lib,tests}/{tsconfig.json,*/tsconfig.json}', { cwd: ROOT }).sort(
  (a, b) => a.length - b.length,
)

/** The first is the app's own. @type {{ title: string, commands: string[][] }[]} */
export const CHECKS = [
  ...TYPED.map((path) => ({
    title: `types: ${path}`,
    // The app's types of routes are generated, from what is there now.
    commands: [...(path === 'tsconfig.json' ? [[...NEXT, 'typegen']] : []), [...TSC, '--noEmit', '-p', path]],
  })),
  {
    title: 'lint and format',
    commands: [[...BIOME, 'ci', `--colors=${process.stdout.isTTY ? 'force' : 'off'}`, '--error-on-warnings', '.']],
  },
]

export const FORMAT = [...BIOME, 'check', '--write', '.']
