import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from './client.ts'

/** People who sign up, one after the other and several at once, whatever happens to the app. */
export interface SignupLoad {
  /** Addresses whose sign-up was answered with 201. */
  accepted: string[]
  /** How often each status was answered; 0: the connection was refused, or broke. */
  statuses: Map<number, number>
  /** Resolves when the last has been answered. */
  stop(): Promise<void>
}

const PASSWORD = 'correct horse battery'
/** Who is not served waits for so long. */
const PAUSE_MS = 50

export function startSignups(url: string, width: number): SignupLoad {
  const accepted: string[] = []
  const statuses = new Map<number, number>()
  let isOver = false

  async function keepSigningUp(): Promise<void> {
    while (!isOver) {
      const email = `${crypto.randomUUID()}@example.com`
      const status = await post(url, '/api/auth/signup', email)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status === 201) accepted.push(email)
      else await sleep(PAUSE_MS)
    }
  }
  const workers = Array.from({ length: width }, keepSigningUp)

  return {
    accepted,
    statuses,
    async stop() {
      isOver = true
      await Promise.all(workers)
    },
  }
}

/** Addresses of `emails` that cannot log in. */
export async function findLost(url: string, emails: string[], width: number): Promise<string[]> {
  const lost: string[] = []
  const left = [...emails]
  async function logIn(): Promise<void> {
    for (let email = left.pop(); email !== undefined; email = left.pop()) {
      if ((await post(url, '/api/auth/login', email)) !== 200) lost.push(email)
    }
  }
  await Promise.all(Array.from({ length: width }, logIn))
  return lost
}

async function post(url: string, path: string, email: string): Promise<number> {
  const answer = await new Client(url).post(path, { email, password: PASSWORD }).catch(() => null)
  return answer?.status ?? 0
}
