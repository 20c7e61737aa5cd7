import { parse } from 'bowser'

const UNKNOWN = 'Unknown device'

/** What its owner would call the device that a user agent tells of: "Firefox on Windows". */
export function deviceName(userAgent: string): string {
  if (!userAgent) return UNKNOWN
  const { browser, os, platform } = parse(userAgent)
  return [browser.name, platform.model ?? os.name].filter(Boolean).join(' on ') || UNKNOWN
}
