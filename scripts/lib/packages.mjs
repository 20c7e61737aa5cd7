/** Programs that npm does not have: found, or installed by the system's package manager where that asks nobody. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Problem } from './problem.mjs'

const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const CHROMIUM_ON_MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

/** @returns {string} the path of `redis-server` */
export function needRedis() {
  return need(['redis-server'], 'Redis', 'redis-server', ['install', 'redis'])
}

/** @returns {string} the path of Chromium or Chrome */
export function needChromium() {
  return need([...CHROMIUM_NAMES, CHROMIUM_ON_MAC], 'Chromium', 'chromium', ['install', '--cask', 'chromium'])
}

/**
 * @param {string[]} names what the program is called
 * @param {string} title
 * @param {string} debianPackage
 * @param {string[]} brewArgs
 * @throws {Problem} saying what to install
 */
function need(names, title, debianPackage, brewArgs) {
  const found = find(names)
  if (found) return found
  const apt = find(['apt-get'])
  const brew = find(['brew'])
  if (apt && process.getuid?.() === 0) {
    console.log(`Installing ${title} …`)
    const install = () => quietly(apt, ['install', '-y', '--no-install-recommends', debianPackage])
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
  const hint = apt ? `sudo apt-get install ${debianPackage}` : brew ? `brew ${brewArgs.join(' ')}` : null
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
