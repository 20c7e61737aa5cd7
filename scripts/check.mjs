/** `npm run check`: types, lint and format. */
import { CHECKS } from './lib/checks.mjs'
import { askCommand } from './lib/command.mjs'
import { nextEnvironment } from './lib/tools.mjs'

let failures = 0
for (const { title, commands } of CHECKS) {
  for (const command of commands) {
    const { ok, output } = await askCommand(command, { env: nextEnvironment({}) })
    if (ok) continue
    failures += 1
    console.error(`${output}\n✗ ${title}`)
    break
  }
}
if (failures === 0) console.log('Types, lint and format are fine.')
process.exit(failures === 0 ? 0 : 1)
