import { afterAll, beforeAll, describe, it } from 'vitest'
import { type DividedPreview, startDividedPreview } from '../support/divided-preview.ts'
import { PROFILES } from '../support/instances.ts'
import { aMember } from './support/app.ts'
import { expectGoingOn, expectGracefulOutage } from './support/outage.ts'

describe('When the Durable Objects fail', { timeout: 90_000 }, () => {
  let app: DividedPreview
  beforeAll(async () => {
    app = await startDividedPreview(PROFILES.default)
  })
  afterAll(() => app?.stop())

  it('and do not answer, no session is lost', async () => {
    const [member, leaver] = [await aMember(app), await aMember(app)]
    app.haltObjects(true)
    try {
      await expectGracefulOutage(member, leaver)
    } finally {
      app.haltObjects(false)
    }
    await expectGoingOn(member)
  })

  it('and are gone for a while, no session is lost', async () => {
    const [member, leaver] = [await aMember(app), await aMember(app)]
    await app.endObjects()
    await expectGracefulOutage(member, leaver)
    await app.startObjects()
    await expectGoingOn(member)
  })
})
