import { describeMailbox } from './support/dev-mailbox.suite.ts'

describeMailbox('next dev with Durable Objects', { withFlows: true })
