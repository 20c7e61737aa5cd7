/** What was found, and how it is shown: a line each, with its remedy below. */
import { styleText } from 'node:util'

/**
 * @typedef {object} Finding
 * @property {'fine' | 'note' | 'wrong' | 'unchecked'} level `note`: worth a look; `wrong`: hurts, or will
 * @property {string} title what was looked at
 * @property {string} text what is so
 * @property {string} [remedy] what to do about it
 */

/** @type {Record<Finding['level'], { mark: string, format: 'green' | 'yellow' | 'red' | 'dim', count: string }>} */
const LEVELS = {
  wrong: { mark: '✗', format: 'red', count: 'wrong' },
  note: { mark: '!', format: 'yellow', count: 'worth a look' },
  fine: { mark: '✓', format: 'green', count: 'fine' },
  unchecked: { mark: '–', format: 'dim', count: 'not checked' },
}

/**
 * @param {string} title
 * @param {string} text
 * @returns {Finding}
 */
export function fine(title, text) {
  return { level: 'fine', title, text }
}

/**
 * @param {string} title
 * @param {string} text
 * @param {string} remedy
 * @returns {Finding}
 */
export function note(title, text, remedy) {
  return { level: 'note', title, text, remedy }
}

/**
 * @param {string} title
 * @param {string} text
 * @param {string} remedy
 * @returns {Finding}
 */
export function wrong(title, text, remedy) {
  return { level: 'wrong', title, text, remedy }
}

/**
 * @param {string} title
 * @param {string} reason
 * @returns {Finding}
 */
export function unchecked(title, reason) {
  return { level: 'unchecked', title, text: `not checked: ${reason}` }
}

/** Prints the table, and a last line that counts. @param {Finding[]} findings */
export function print(findings) {
  const width = Math.max(...findings.map(({ title }) => title.length))
  for (const { level, title, text, remedy } of findings) {
    const { mark, format } = LEVELS[level]
    console.log(`${styleText(format, mark, { stream: process.stdout })} ${title.padEnd(width)}  ${text}`)
    if (remedy) console.log(`${' '.repeat(width + 4)}→ ${remedy}`)
  }
  const counts = Object.entries(LEVELS).flatMap(([level, { count }]) => {
    const number = findings.filter((finding) => finding.level === level).length
    return number > 0 ? [`${number} ${count}`] : []
  })
  console.log(`\n${counts.join(', ')}`)
}
