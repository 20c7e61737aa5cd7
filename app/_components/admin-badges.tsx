import { ADMIN } from '@/lib/auth/roles.ts'
import type { User } from '@/lib/store/contract.ts'

/** What an account may do, at a glance. */
export function AccessBadges({ roles, disabled }: Pick<User, 'roles' | 'disabled'>) {
  return (
    <ul aria-label="Access" className="flex flex-wrap gap-1.5">
      {disabled && <li className="badge bg-danger-soft text-danger">Disabled</li>}
      {roles.map((role) => (
        <li key={role} className={role === ADMIN ? 'badge' : 'badge bg-line text-muted'}>
          {role}
        </li>
      ))}
      {roles.length === 0 && <li className="badge bg-line text-muted">No roles</li>}
    </ul>
  )
}
