import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { type Settings, sharedInstance, TARGETS } from '../../support/instances.ts'
import { launchBrowser, openBrowserOfOnesOwn, openWindow, PATIENCE } from './browser.ts'
import { collectComplaints } from './complaints.ts'
import { aPerson, type Person } from './people.ts'

/** Where a test plays: one instance, one browser, and windows that close when the test is over. */
export interface Stage {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string
  /** A new window, as a person has who was never here: no cookies, and a network address that nobody else has. */
  open(options?: BrowserContextOptions): Promise<Page>
  /** The same for a person who has just signed up. */
  openSignedIn(options?: BrowserContextOptions & { remember?: boolean }): Promise<{ page: Page; person: Person }>
  /** A browser of one's own that keeps its cookies in `folder`. */
  openOwn(folder: string): Promise<BrowserContext>
  /** Lets the test's windows have errors in the console that match. */
  tolerate(complaint: RegExp): void
}

/** Describes the same on both hosts. Each test also fails when a page of its windows complained in the console. */
export function describeInBrowser(name: string, settings: Settings, define: (stage: Stage) => void): void {
  describe.each(TARGETS)(`${name}, on %s`, (target) => {
    define(useStage(async () => (await sharedInstance(target, settings)).url))
  })
}

/**
 * @param start gives the address of the instance, before the first test
 * @param patience how long its windows wait for anything, in milliseconds
 */
export function useStage(start: () => Promise<string>, patience = PATIENCE): Stage {
  let url = ''
  let browser: Browser
  let windows: { context: BrowserContext; complaints: string[] }[] = []
  let tolerated: RegExp[] = []

  beforeAll(async () => {
    ;[url, browser] = await Promise.all([start(), launchBrowser()])
  })
  afterAll(() => browser?.close())
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') console.error(await describeWindows(windows.map(({ context }) => context)))
    const complaints = windows
      .flatMap((window) => window.complaints)
      .filter((complaint) => !tolerated.some((pattern) => pattern.test(complaint)))
    await Promise.all(windows.map(({ context }) => context.close()))
    windows = []
    tolerated = []
    expect(complaints).toEqual([])
  })

  function watch(context: BrowserContext): BrowserContext {
    context.setDefaultTimeout(patience)
    windows.push({ context, complaints: collectComplaints(context) })
    return context
  }
  const stage: Stage = {
    get url() {
      return url
    },
    async open(options) {
      return watch(await openWindow(browser, { ...contextOptions(url), ...options })).newPage()
    },
    async openSignedIn({ remember, ...options } = {}) {
      const page = await stage.open(options)
      const person = aPerson()
      const answer = await page.request.post('/api/auth/signup', { data: { ...person, remember } })
      if (answer.status() !== 201) throw new Error(`could not sign up: ${await answer.text()}`)
      return { page, person }
    },
    async openOwn(folder) {
      return watch(await openBrowserOfOnesOwn(folder, contextOptions(url)))
    },
    tolerate(complaint) {
      tolerated.push(complaint)
    },
  }
  return stage
}

/** What could be seen when a test failed. */
async function describeWindows(contexts: BrowserContext[]): Promise<string> {
  const pages = contexts.flatMap((context) => context.pages())
  const texts = await Promise.all(
    pages.map(async (page) => `${page.url()}\n${await page.innerText('body', { timeout: 1_000 }).catch(String)}`),
  )
  return texts.join('\n\n')
}

function contextOptions(url: string): BrowserContextOptions {
  return { baseURL: url, locale: 'en-GB', extraHTTPHeaders: { 'cf-connecting-ip': anAddress() } }
}

/** In a /64 of its own, which is what limits count. */
function anAddress(): string {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint16Array(2))
  return `2001:db8:${high.toString(16)}:${low.toString(16)}::1`
}
