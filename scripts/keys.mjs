/** `npm run keys`: prints a fresh pair of keys, for production. */
import { makeKeys } from './lib/keys.mjs'

for (const [name, value] of Object.entries(await makeKeys())) console.log(`${name}=${value}`)
