import type { UnixSeconds, User } from '@/lib/store/contract.ts'
import { AccessBadges } from './admin-badges.tsx'
import { RelativeTime } from './relative-time.tsx'

/** Accounts as rows of a table, on a phone as cards. Each leads to its page. */
export function AccountList({ users, now }: { users: User[]; now: UnixSeconds }) {
  return (
    <ul aria-label="Accounts" className="card divide-y divide-line overflow-hidden">
      {users.map((user) => (
        <li
          key={user.id}
          className="relative grid grid-cols-[1fr_auto] items-center gap-x-6 gap-y-2 p-5 hover:bg-canvas sm:px-8 md:grid-cols-[minmax(0,1fr)_13rem_11rem] md:py-3.5"
        >
          <div className="col-span-2 min-w-0 wrap-anywhere md:col-span-1">
            {/* The whole row is the link's. */}
            <a
              href={`/admin/users/${user.id}`}
              className="font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
            >
              {user.email}
            </a>
            <p className="text-sm text-muted">{user.name ?? 'No name given'}</p>
          </div>
          <AccessBadges {...user} />
          <p className="text-right text-sm text-muted">
            Joined <RelativeTime seconds={user.createdAt} now={now} />
          </p>
        </li>
      ))}
    </ul>
  )
}
