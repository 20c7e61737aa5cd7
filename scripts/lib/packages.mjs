/** Programs that npm does not have: found, or installed by the system's package manager where that asks nobody. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Problem } from './problem.mjs'

/** Chromium without tabs and toolbars, which no test sees: it opens a window in half the time. */
const HEADLESS_SHELL = 'chromium-headless-shell'
const CHROMIUM_NAMES = [HEADLESS_SHELL, 'chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const CHROMIUM_ON_MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

/** @returns {string} the path of `redis-server` */
export function needRedis() {
  return need(['redis-server'], 'Redis', ['redis-server'], ['install', 'redis'])
}

/** @returns {string} the path of Chromium or Chrome */
export function needChromium() {
  const packages = [HEADLESS_SHELL, 'chromium'] // Debian's, and what others have
  return need([...CHROMIUM_NAMES, CHROMIUM_ON_MAC], 'Chromium', packages, ['install', '--cask', 'chromium'])
}

/**
 * @param {string[]} names what the program is called
 * @param {string} title
 * @param {string[]} aptPackages of which the first that there is will do
 * @param {string[]} brewArgs
 * @throws {Problem} saying what to install
 */
function need(names, title, aptPackages, brewArgs) {
  const found = find(names)
  if (found) return found
  const apt = find(['apt-get'])
  const brew = find(['brew'])
  if (apt && process.getuid?.() === 0) {
    console.log(`Installing ${title} …`)
    const install = () => aptPackages.some((each) => quietly(apt, ['install', '-y', '--no-install-recommends', each]))
    if (!install()) {
      quietly(apt, ['update'])
      install()
    }
  } else if (brew) {
    console.log(`Installing ${title} …`)
    quietly(brew, brewArgs)
  }
  const installed = find(names)
  if (installed) return installed
  const hint = apt ? `sudo apt-get install ${aptPackages.at(-1)}` : brew ? `brew ${brewArgs.join(' ')}` : null
  throw new Problem(
    `${title} is missing. Install it${hint ? `: ${hint}` : `, so that \`${names[0]}\` is on the PATH.`}`,
  )
}

/** @param {string[]} names */
function find(names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const paths = names.flatMap((name) => (name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name))))
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function quietly(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(command, args, { stdio: 'ignore', env }).status === 0
}
