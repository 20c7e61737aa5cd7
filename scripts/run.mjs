/**
 * What `npm run …` calls: `node scripts/run.mjs <task> [arguments]`. Gets everything that is needed, then runs
 * `scripts/<task>.mjs` with the Node that package.json pins. Runs itself on any Node, to say so when that one is too old.
 */
const OLDEST_NODE = 20

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  console.error(
    `Gatehouse needs Node ${OLDEST_NODE} or newer; this is ${process.version}. Get one at https://nodejs.org`,
  )
  process.exit(1)
}

import('./lib/setup.mjs')
  .then(({ setUpAndRun }) => setUpAndRun(process.argv[2], process.argv.slice(3)))
  .catch((error) => {
    console.error(error.name === 'Problem' ? error.message : error)
    process.exit(1)
  })
