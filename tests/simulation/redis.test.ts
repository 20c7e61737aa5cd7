import { describeProtocol } from './drivers.suite.ts'
import { redisBackend } from './drivers.ts'

describeProtocol('Redis', redisBackend)
