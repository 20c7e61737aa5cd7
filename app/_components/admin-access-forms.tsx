import { ADMIN } from '@/lib/auth/roles.ts'
import type { User } from '@/lib/store/contract.ts'
import { AccessForm } from './admin-access-form.tsx'

interface AccessFormsProps {
  user: User
  /** All roles that there are. */
  roles: readonly string[]
  /** Whether the settings make the user an admin. */
  isNamed: boolean
  /** Whether it is the account of the one who looks at it. */
  isOwn: boolean
}

/** What an admin changes about an account. What would be refused is not offered. */
export function AccessForms({ user, roles, isNamed, isOwn }: AccessFormsProps) {
  const whyAdmin = (isNamed && 'By the settings') || (isOwn && 'Yours: only another admin can take it away')
  return (
    <>
      <AccessForm userId={user.id} label="Save roles" className="button-primary">
        <fieldset>
          <legend className="mb-1 font-medium">Roles</legend>
          {/* So that no box ticked means no role, not no change. */}
          <input type="hidden" name="roles" value="" />
          {isOwn && !isNamed && <input type="hidden" name="roles" value={ADMIN} />}
          {roles.map((role) => (
            <RoleBox
              key={role}
              role={role}
              isGiven={user.roles.includes(role)}
              whyFixed={(role === ADMIN && whyAdmin) || undefined}
            />
          ))}
        </fieldset>
      </AccessForm>

      <div className="border-t border-line pt-5">
        {isOwn ? (
          <p className="text-muted">This is your own account: only another admin can disable it.</p>
        ) : (
          <StatusForm user={user} />
        )}
      </div>
    </>
  )
}

/** @param whyFixed why the box cannot be changed, where it cannot */
function RoleBox({ role, isGiven, whyFixed }: { role: string; isGiven: boolean; whyFixed?: string }) {
  return (
    <label className="flex min-h-11 cursor-pointer items-center gap-3 has-disabled:cursor-default">
      <input
        type="checkbox"
        name="roles"
        value={role}
        defaultChecked={isGiven}
        disabled={whyFixed !== undefined}
        className="size-5 shrink-0 cursor-pointer accent-accent disabled:cursor-default"
      />
      <span>
        {role}
        {whyFixed && <span className="block text-sm text-muted">{whyFixed}</span>}
      </span>
    </label>
  )
}

function StatusForm({ user }: { user: User }) {
  return user.disabled ? (
    <AccessForm userId={user.id} label="Enable account" className="button-quiet">
      <input type="hidden" name="disabled" value="false" />
      <p className="text-muted">Nobody can sign in to this account. Enabling it lets its owner sign in again.</p>
    </AccessForm>
  ) : (
    <AccessForm userId={user.id} label="Disable account" className="button-danger">
      <input type="hidden" name="disabled" value="true" />
      <p className="text-muted">
        Disabling this account ends all its sessions, and nobody can sign in until it is enabled again.
      </p>
    </AccessForm>
  )
}
