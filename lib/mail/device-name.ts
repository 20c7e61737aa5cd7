/** Browsers by the product that tells them from those that they claim to be: the first that fits. */
const BROWSERS: [RegExp, string][] = [
  [/\bEdg(?:A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]

const SYSTEMS: [RegExp, string][] = [
  [/\bWindows\b/, 'Windows'],
  [/\bAndroid\b/, 'Android'],
  [/\b(?:iPhone|iPod)\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\b(?:Macintosh|Mac OS X)\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/**
 * What its owner would call the device that a user agent tells of, such as "Firefox on Windows". A user agent is whatever its
 * sender wrote, and a mail client makes links of what looks like one: so of one that we do not know no more is told than the
 * name of its product, a single word.
 */
export function deviceName(userAgent: string): string {
  const named = (names: [RegExp, string][]) => names.find(([form]) => form.test(userAgent))?.[1]
  const [, product] = /^(\w{1,30})\//.exec(userAgent) ?? []
  const browser = named(BROWSERS) ?? (product === 'Mozilla' ? undefined : product)
  return [browser, named(SYSTEMS)].filter(Boolean).join(' on ') || 'Unknown device'
}
