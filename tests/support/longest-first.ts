import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Files that take a minute or more, the longest first. Vitest knows that only of a run before, and otherwise takes a short file
 * for a quick one: the last to start would go on alone. Those of `next dev`, which keep a core busy, do not start together.
 */
const LONG = [
  'e2e/dev-mailbox-durable.test.ts',
  'e2e/account.test.ts',
  'e2e/mail-flows.test.ts',
  'e2e/dev-mailbox-redis.test.ts',
  'http/doctor.test.ts',
  'http/faults.test.ts',
  'e2e/administration.test.ts',
  'http/revocation.test.ts',
  'e2e/use-session.test.ts',
  'e2e/mail-pages.test.ts',
  'e2e/pages.test.ts',
  'http/garbage.test.ts',
  'e2e/outages.test.ts',
  'e2e/mail-refusals.test.ts',
  'e2e/mail-verify-first.test.ts',
  'e2e/staying-in.test.ts',
  'http/restart.test.ts',
  'http/mail-provider.test.ts',
  'http/crash.test.ts',
]

/** Starts the long files first, so that the others fill up the time beside them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONG.findIndex((name) => moduleId.endsWith(`/tests/${name}`))
      return index < 0 ? LONG.length : index
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}
