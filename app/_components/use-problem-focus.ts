import { type RefObject, useEffect } from 'react'
import type { FormProblem } from './form-problem.ts'

const INVALID = '[aria-invalid="true"]'

/** Leads whoever has sent a form to what is wrong with it: to the first field, or to what is said of the whole. */
export function useProblemFocus(form: RefObject<HTMLFormElement | null>, problem: FormProblem | null): void {
  useEffect(() => {
    if (!problem) return
    const hasFields = Object.keys(problem.fields).length > 0
    form.current?.querySelector<HTMLElement>(hasFields ? INVALID : '[role="alert"]')?.focus()
  }, [form, problem])
}
