import type { BrowserContext } from 'playwright-core'

/**
 * Collects what a developer would see in red: errors in the console, violations of the Content-Security-Policy among them,
 * and exceptions that nobody caught. Not the browser's note that a request to the API was refused or did not arrive: that
 * is what many a test is about.
 */
export function collectComplaints(context: BrowserContext): string[] {
  const complaints: string[] = []
  context.on('weberror', (error) => complaints.push(String(error.error())))
  context.on('console', (message) => {
    if (message.type() !== 'error') return
    const { url } = message.location()
    const isRefusal = message.text().startsWith('Failed to load resource:') && /^[^?]*\/api\//.test(url)
    if (!isRefusal) complaints.push(`${message.text()} (${url})`)
  })
  return complaints
}
