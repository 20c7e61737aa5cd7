import type { FormProblem } from './form-problem.ts'
import { tellOtherTabs } from './session-channel.ts'
import { useForm } from './use-form.ts'

/** `useForm` for forms that one signs in with: they lead to their field `next`. */
export function useAuthForm(initial: FormProblem | null) {
  return useForm(initial, ({ next }) => {
    tellOtherTabs({ kind: 'signed-in' })
    location.assign(String(next))
  })
}
