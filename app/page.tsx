import { getUser } from '@/lib/next.ts'
import { Arches } from './_components/arches.tsx'
import { Shell } from './_components/shell.tsx'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

const PROPERTIES = [
  {
    title: 'Close to everyone',
    text: 'Sign-up, sign-in and every page run at the edge. A signed-in request is checked by signature, without asking the database.',
  },
  {
    title: 'Careful with passwords',
    text: 'Hashed with PBKDF2 at the strength OWASP recommends, and only after rate limits let an attempt through.',
  },
  {
    title: 'Sessions that hold',
    text: 'Parallel tabs and lost answers sign nobody out. A stolen token, used twice, ends the session.',
  },
]

export default async function HomePage() {
  const user = await getUser()
  return (
    <Shell>
      <div className="grid items-center gap-12 py-10 sm:py-16 lg:grid-cols-[1fr_auto]">
        <div className="max-w-xl">
          <h1 className="text-4xl leading-tight sm:text-5xl">
            Accounts and <span className="whitespace-nowrap">sign-in</span>, at the edge.
          </h1>
          <p className="mt-5 text-lg text-muted">
            Gatehouse is authentication for Next.js. It runs near the people who use it, and keeps their accounts in a
            store of your own: Upstash Redis or Cloudflare Durable Objects.
          </p>
          <div className="mt-8 flex flex-wrap gap-3">
            {user ? (
              <a href="/dashboard" className="button button-primary">
                Go to dashboard
              </a>
            ) : (
              <>
                <a href="/signup" className="button button-primary">
                  Create an account
                </a>
                <a href="/login" className="button button-quiet">
                  Log in
                </a>
              </>
            )}
          </div>
        </div>
        <Arches className="hidden w-64 text-accent lg:block" />
      </div>
      <ul className="grid gap-x-10 gap-y-8 border-t border-line py-10 md:grid-cols-3">
        {PROPERTIES.map(({ title, text }) => (
          <li key={title}>
            <h2 className="text-base">{title}</h2>
            <p className="mt-1.5 text-muted">{text}</p>
          </li>
        ))}
      </ul>
    </Shell>
  )
}
