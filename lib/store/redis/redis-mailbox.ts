import type { Redis } from '@upstash/redis/cloudflare'
import { MAX_KEPT_MAILS, type Mailbox } from '../contract.ts'
import { operationsOrUnavailable } from '../deadline.ts'
import { runCommand } from './client.ts'
import { redisKeys } from './keys.ts'
import { parseMail } from './records.ts'

export function redisMailbox(redis: Redis, prefix: string): Mailbox {
  const key = redisKeys(prefix).mailbox
  return operationsOrUnavailable<Mailbox>({
    async put(mail) {
      const transaction = redis.multi()
      transaction.lpush(key, JSON.stringify(mail))
      transaction.ltrim(key, 0, MAX_KEPT_MAILS - 1)
      await runCommand(() => transaction.exec())
    },

    async list() {
      const mails = await runCommand(() => redis.lrange(key, 0, -1))
      return mails.map(parseMail)
    },
  })
}
