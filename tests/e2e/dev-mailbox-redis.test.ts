import { describeMailbox } from './support/dev-mailbox.suite.ts'

// The flows themselves are played on Redis by mail-flows.test.ts.
describeMailbox('next dev with Redis', { withFlows: false })
