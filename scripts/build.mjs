/** `npm run build`: `next build`, for Vercel and for `npm start`. The build for Cloudflare Pages calls it, too. */
import { spawn } from 'node:child_process'
import { NEXT, nextEnvironment } from './lib/tools.mjs'

const [node = '', ...next] = NEXT
const child = spawn(node, [...next, 'build', ...process.argv.slice(2)], { stdio: 'inherit', env: nextEnvironment({}) })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill('SIGTERM'))
child.once('exit', (code) => process.exit(code ?? 1))
