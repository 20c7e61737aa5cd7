import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../../scripts/lib/setup.mjs'

it('what git ignores is not sent to Vercel, whose CLI does not read .gitignore', () => {
  const linesOf = (file: string) => readFileSync(join(ROOT, file), 'utf8').split('\n').filter(Boolean)
  expect(linesOf('.vercelignore')).toEqual(expect.arrayContaining(linesOf('.gitignore')))
})
