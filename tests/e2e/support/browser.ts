import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
} from 'playwright-core'
import { needChromium } from '../../../scripts/lib/packages.mjs'

/** The system's Chromium, told to talk to nobody but us. */
const CHROMIUM: LaunchOptions = {
  executablePath: process.env.CHROMIUM_PATH ?? needChromium(),
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
}

/** How long a test waits for anything that should happen, in milliseconds: two cores have much to do meanwhile. */
export const PATIENCE = 15_000

export function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({ ...CHROMIUM, ...options })
}

/** A window with cookies of its own. */
export async function openWindow(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  return browser.newContext(options)
}

/** A browser that keeps in `folder` what a browser keeps when it is closed. */
export async function openBrowserOfOnesOwn(folder: string, options: BrowserContextOptions): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, { ...CHROMIUM, ...options })
}
