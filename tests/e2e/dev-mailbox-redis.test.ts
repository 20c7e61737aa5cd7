import { describeMailbox } from './support/dev-mailbox.suite.ts'

describeMailbox('next dev with Redis')
