import { describe } from 'vitest'
import { defineMailFlows } from './support/mail-flows.suite.ts'
import { describeWithMail } from './support/postbox.ts'

describeWithMail('By mail', {}, (stage, post) => {
  describe.each([true, false])('with JavaScript: %s, one', (javaScriptEnabled) => {
    defineMailFlows(stage, post, { javaScriptEnabled })
  })
})
