/** `npm run format`: formats, and mends what the linter can. */
import { FORMAT } from './lib/checks.mjs'
import { runCommand } from './lib/command.mjs'

process.exit(await runCommand(FORMAT))
