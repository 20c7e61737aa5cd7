/** How hard a password is to guess, from what can be seen of it alone. Advice for its owner; the server decides. */
export interface Strength {
  /** From 1, weak, to 4, strong; 0 when there is nothing to judge. */
  score: number
  hint: string
}

export const NOTHING_TYPED: Strength = { score: 0, hint: 'At least 8 characters. A few unrelated words work well.' }

/** Bits of surprise up to which a password scores 1, 2 and 3. */
const STEPS = [40, 56, 78]

const RUNS = 'abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop asdfghjkl zxcvbnm qwertz azerty'

const COMMON =
  /pass?w(or|0r)[dt]|letmein|welcome|admin|i?love(you|r)?|dragon|monkey|football|master|secret|login|hello|sunshine|princess|summer|winter|gatehouse/g

/** Kinds of characters, and how many there are of each. */
const KINDS: [RegExp, number][] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/\d/, 10],
  [/[!-/:-@[-`{-~ ]/, 33],
  [/[^ -~]/, 100],
]

/** @param personal what others know of the user: name and email */
export function estimateStrength(password: string, personal: string[]): Strength {
  if (!password) return NOTHING_TYPED
  const known = personal
    .flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u))
    .filter((part) => part.length > 2)
  const whole = password.toLowerCase()
  const unowned = known.reduce((text, part) => text.replaceAll(part, '*'), whole)
  const uncommon = unowned.replace(COMMON, '*')
  const single = uncommon.replace(/(.{2,})\1+/g, '$1')

  const surprises = [...single].filter(
    (_, index, chars) => !endsRun(chars.slice(Math.max(0, index - 2), index + 1)),
  ).length
  const alphabet = KINDS.reduce((sum, [kind, size]) => sum + (kind.test(password) ? size : 0), 0)
  const bits = surprises * Math.log2(alphabet)
  const isShort = [...password].length < 8
  const score = isShort ? 1 : 1 + STEPS.filter((step) => bits >= step).length

  if (isShort) return { score, hint: 'At least 8 characters.' }
  if (score > 2) return { score, hint: '' }
  if (unowned !== whole) return { score, hint: 'Better without your name or email.' }
  if (uncommon !== unowned) return { score, hint: 'Better without very common words.' }
  if (surprises < [...uncommon].length) return { score, hint: 'Better without repeats and runs such as aaa or 123.' }
  return { score, hint: 'Add another word or two.' }
}

/** Tells whether the last of three characters follows from the two before it. */
function endsRun(chars: string[]): boolean {
  if (chars.length < 3) return false
  return RUNS.includes(chars.join('')) || RUNS.includes(chars.toReversed().join('')) || new Set(chars).size === 1
}
