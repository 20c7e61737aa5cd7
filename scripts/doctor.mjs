/**
 * `npm run doctor -- https://auth.example.com`: looks at a deployment as its users would, and says what hurts, or will,
 * each with its remedy. Without an address: at what runs on this machine. Exit code 1 when something is wrong. It signs
 * up, and leaves nothing behind; where that would mail, it takes `--account` with an account of yours.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { decodeJwt } from 'jose'
import { CLAIMS, checkClientAddress } from './lib/doctor/client-address.mjs'
import { checkCookies, checkSession } from './lib/doctor/cookies.mjs'
import { Guest } from './lib/doctor/guest.mjs'
import { checkLimits } from './lib/doctor/limits.mjs'
import { checkMail, readMail } from './lib/doctor/mail.mjs'
import { checkCap, checkHashCost, explainRefusal } from './lib/doctor/passwords.mjs'
import { print, unchecked, wrong } from './lib/doctor/report.mjs'
import { checkSettings } from './lib/doctor/settings.mjs'
import { NoAnswer, Site } from './lib/doctor/site.mjs'
import { checkCompanion, checkDurability, checkStore } from './lib/doctor/store.mjs'
import { checkToken, readKeySet } from './lib/doctor/tokens.mjs'
import { checkClock, checkHeaders, checkHsts, checkHttps, checkOrigin, dateOf } from './lib/doctor/transport.mjs'
import { watchParent } from './lib/parent.mjs'
import { Problem } from './lib/problem.mjs'
import { readVariables } from './lib/settings.mjs'
import { ROOT } from './lib/setup.mjs'
import { runTask } from './lib/task.mjs'

const USAGE = 'Usage: npm run doctor -- https://auth.example.com [--account you@example.com]'
/** Where `npm run preview`, and `npm run dev` or `npm start`, listen. */
const LOCAL_PORTS = [8788, 3000]
const LOCAL_TIMEOUT_MS = 3_000

/** @typedef {import('./lib/doctor/report.mjs').Finding} Finding */
/** @typedef {import('./lib/doctor/site.mjs').Answer} Answer */
/** @typedef {{ email: string, password: string } | null} Account */

await runTask(async () => {
  const { address, account } = readArguments()
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop.abort())
  watchParent(() => stop.abort())

  const site = new Site(address ?? (await findLocal()), stop.signal)
  console.log(`Looking at ${site.origin} …\n`)
  const findings = await examine(site, account).catch((error) => {
    throw stop.signal.aborted && error === stop.signal.reason ? new Problem('Interrupted.') : error
  })
  print(findings)
  process.exit(findings.some(({ level }) => level === 'wrong') ? 1 : 0)
})

/**
 * @returns {{ address: URL | null, account: Account }}
 * @throws {Problem}
 */
function readArguments() {
  const { positionals, values } = orUsage(() =>
    parseArgs({ allowPositionals: true, options: { account: { type: 'string' } } }),
  )
  const [text, ...others] = positionals
  const address = text === undefined ? null : orUsage(() => new URL(text))
  if (others.length > 0 || (address && !/^https?:$/.test(address.protocol))) throw new Problem(USAGE)
  const { account: email } = values
  const password = process.env.GATEHOUSE_DOCTOR_PASSWORD ?? ''
  if (email && !password) throw new Problem('The password of --account goes into GATEHOUSE_DOCTOR_PASSWORD.')
  return { address, account: email ? { email, password } : null }
}

/**
 * @template T
 * @param {() => T} parse
 * @returns {T}
 */
function orUsage(parse) {
  try {
    return parse()
  } catch {
    throw new Problem(USAGE)
  }
}

/** What runs on this machine: at `PORT`, else where the tasks listen. */
async function findLocal() {
  const own = process.env.PORT?.trim()
  for (const port of own ? [own] : LOCAL_PORTS) {
    if (!URL.canParse(`http://localhost:${port}`)) {
      throw new Problem(`PORT must be a number from 1 to 65535, not "${port}".`)
    }
    const url = new URL(`http://localhost:${port}`)
    const answer = await fetch(new URL('/api/health', url), { signal: AbortSignal.timeout(LOCAL_TIMEOUT_MS) }).catch(
      () => null, // nothing there
    )
    if (/json/.test(answer?.headers.get('content-type') ?? '')) return url
  }
  throw new Problem(`No Gatehouse runs on this machine (npm run preview starts one).\n${USAGE}`)
}

/**
 * @param {Site} site
 * @param {Account} account
 * @returns {Promise<Finding[]>}
 * @throws {Problem} when there is no Gatehouse
 */
async function examine(site, account) {
  const { page, again, forgotPage, signupPage, api } = await readPages(site)
  const isDevelopment = /'unsafe-eval'/.test(page.headers.get('content-security-policy') ?? '')
  const known = await readSettings(site, isDevelopment)
  const findings = [...known.findings]
  if (api.status >= 500) return [...findings, ...explainOutage(api)]
  /**
   * What `work` returns; null where it gets no answer, which is a finding and does not end the rest.
   * @template T
   * @param {string} title
   * @param {() => Promise<T>} work
   * @returns {Promise<T | null>}
   */
  const attempt = async (title, work) => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      findings.push(
        wrong(title, `no answer: ${error.message}`, "Try again. If it stays so, the platform's log tells why."),
      )
      return null
    }
  }
  const add = (/** @type {string} */ title, /** @type {() => Promise<Finding>} */ check) =>
    attempt(title, async () => void findings.push(await check()))

  await add('HTTPS', () => checkHttps(site))
  findings.push(checkHsts(site, page), ...checkHeaders({ page, again, api }), checkClock('Clock', api, dateOf(api)))
  await add('Other sites', () => checkOrigin(site))

  const keySet = await attempt('Key set', () => readKeySet(site, known.settings?.keys.map(({ kid }) => kid) ?? []))
  if (keySet) findings.push(keySet.finding)
  const store = await attempt('Store', () => checkStore(site))
  if (store) findings.push(...store.findings)
  const cap = await checkCap()
  findings.push(cap.finding)
  const mail = readMail({ forgotPage, signupPage })
  findings.push(checkMail(forgotPage, known.mail))
  const kind = store?.kind
  if (!store || !kind) {
    findings.push(unchecked('Sign-in', 'without its store there is none'))
    return findings
  }
  await add('Durability', () => checkDurability(kind, known.settings?.redis ?? null))
  await add('Companion Worker', () => checkCompanion(site, { kind, companion: store.companion }))
  if (!account && (mail.canMail || mail.isVerifyFirst)) {
    const hint = `GATEHOUSE_DOCTOR_PASSWORD=… npm run doctor -- ${site.origin} --account you@example.com`
    findings.push(unchecked('Sign-in', `who signs up is mailed. With an account of yours: ${hint}`))
  } else {
    const issuer = known.settings?.issuer ?? null
    const seen = { ...store, here: cap.milliseconds, keySet: keySet?.keySet ?? null, issuer }
    await attempt('Sign-in', () => visit(site, account, seen, findings))
  }
  await add('Limits', () => checkLimits(site))
  return findings
}

/**
 * The app answers, and cannot work: what else there is to see would only repeat it.
 *
 * @param {Answer} answer
 */
function explainOutage(answer) {
  const remedy = "Put it right in the deployment's settings, and deploy again. Else its log tells why."
  const reasons = String(answer.json.detail ?? answer.json.code).split('\n')
  return reasons.map((reason) => wrong('App', `answers ${answer.status}: ${reason}`, remedy))
}

/** @param {Site} site */
async function readPages(site) {
  const paths = ['/login', '/login', '/forgot-password', '/signup', '/api/auth/session']
  const answers = await Promise.all(paths.map((path) => site.ask(path))).catch((error) => {
    throw error instanceof NoAnswer ? new Problem(`${site.origin} does not answer: ${error.message}`) : error
  })
  const [page, again, forgotPage, signupPage, api] = answers
  if (!page || !again || !forgotPage || !signupPage || !api) throw new Error('an answer is missing')
  if (api.json?.user === undefined && api.json?.code === undefined) {
    throw new Problem(
      `There is no Gatehouse at ${site.origin}: /api/auth/session answers ${api.status} without its JSON. Does something in front ask for a log-in, or a proof of being human?`,
    )
  }
  return { page, again, forgotPage, signupPage, api }
}

/**
 * Those that a local run reads; of a deployment, those in the file that `GATEHOUSE_ENV_FILE` names.
 *
 * @param {Site} site
 * @param {boolean} isDevelopment
 */
async function readSettings({ isLocal }, isDevelopment) {
  const file = process.env.GATEHOUSE_ENV_FILE
  if (file && !existsSync(resolve(ROOT, file))) throw new Problem(`GATEHOUSE_ENV_FILE: there is no file ${file}.`)
  if (isLocal || file) {
    return checkSettings(readVariables(isDevelopment ? 'development' : 'production'), { isDevelopment, isLocal })
  }
  const reason = "they are not seen from outside. GATEHOUSE_ENV_FILE=<file with the deployment's variables> shows them"
  return { findings: [unchecked('Settings', reason)], settings: null, mail: null }
}

/**
 * @typedef {object} Seen
 * @property {number} trip milliseconds, as `StoreReport` has them
 * @property {number} storeTrip
 * @property {number} here what a hash takes on this machine
 * @property {import('jose').JSONWebKeySet | null} keySet
 * @property {string | null} issuer `AUTH_ISSUER`, where it is known
 */

/**
 * Signs in, looks around, and leaves.
 *
 * @param {Site} site
 * @param {Account} account
 * @param {Seen} seen
 * @param {Finding[]} findings gets what is found, also when an answer is missing
 */
async function visit(site, account, seen, findings) {
  const guest = new Guest(site, account)
  try {
    await lookAround(site, guest, seen, findings)
  } finally {
    const left = await guest.leave()
    if (left) {
      const text = `${account ? 'a session' : `the account ${guest.email}`} could not be removed: ${left}`
      const remedy = account
        ? 'End it at /account.'
        : `Log in there with the password ${guest.password}, and delete it at /account.`
      console.error(`${text}\n${remedy}`) // at once: after an interruption there is no table
      findings.push(wrong('Tidying up', text, remedy))
    }
  }
}

/**
 * @param {Site} site
 * @param {Guest} guest
 * @param {Seen} seen
 * @param {Finding[]} findings
 */
async function lookAround(site, guest, { trip, storeTrip, here, keySet, issuer }, findings) {
  const arrival = await guest.arrive()
  if (arrival.status !== 200 && arrival.status !== 201) {
    findings.push(explainRefusal(arrival))
    return
  }
  findings.push(checkCookies(site, arrival), await checkSession(site, arrival))

  const token = guest.accessToken
  if (token) {
    if (keySet) findings.push(await checkToken(site, token, keySet, issuer))
    findings.push(checkClock('Clock of tokens', arrival, decodeJwt(token).iat ?? Number.NaN))
  }

  const logins = []
  for (const claim of CLAIMS) logins.push({ claim, answer: await guest.logIn(claim) })
  const { json } = await site.ask('/api/auth/sessions', { headers: guest.authorization })
  /** @type {Map<string, string>} */
  const addresses = new Map(json?.sessions?.map((/** @type {{ id: string, ip: string }} */ { id, ip }) => [id, ip]))
  const addressOf = (/** @type {Answer} */ answer) => addresses.get(answer.json?.session?.id) ?? null
  const claimed = logins.map(({ claim, answer }) => ({ claim, status: answer.status, address: addressOf(answer) }))
  findings.push(checkClientAddress(site, addressOf(arrival), claimed))

  const done = [arrival, ...logins.map(({ answer }) => answer).filter(({ status }) => status === 200)]
  const fastest = Math.min(...done.map(({ milliseconds }) => milliseconds))
  findings.push(checkHashCost(Math.max(0, fastest - trip - 2 * storeTrip), here))
}
