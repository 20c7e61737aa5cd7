import { describeProtocol } from './drivers.suite.ts'
import { durableBackend } from './drivers.ts'

describeProtocol('Durable Objects', durableBackend)
