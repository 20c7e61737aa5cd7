import { type FormEvent, useEffect, useRef, useState } from 'react'
import { FIELD_MESSAGES, type FieldIssue } from '@/lib/auth/field-messages.ts'
import { type FormProblem, problemFromAnswer, UNREACHABLE } from './form-problem.ts'
import { tellOtherTabs } from './session-channel.ts'
import { useHydrated } from './use-hydrated.ts'

/** Milliseconds after which an unanswered request counts as lost. */
const PATIENCE = 30_000

/**
 * Takes over a sign-in form, which works by itself, once scripts run: checks fields, posts JSON, and keeps what was
 * typed when that fails.
 *
 * @param initial what a post without JavaScript was sent back with
 */
export function useAuthForm(initial: FormProblem | null) {
  const form = useRef<HTMLFormElement>(null)
  const busy = useRef(false)
  const [pending, setPending] = useState(false)
  const [problem, setProblem] = useState(initial)
  const [mended, setMended] = useState<string[]>([])
  const [secondsLeft, setSecondsLeft] = useState(initial?.retryAfter ?? 0)
  const hydrated = useHydrated()

  useEffect(() => {
    if (initial) forgetProblemInAddress()
  }, [initial])

  useEffect(() => {
    if (!problem) return
    form.current?.querySelector<HTMLElement>(Object.keys(problem.fields).length ? INVALID : '[role="alert"]')?.focus()
    if (!problem.retryAfter) return
    const end = Date.now() + problem.retryAfter * 1000
    const timer = setInterval(() => {
      const left = Math.max(0, Math.ceil((end - Date.now()) / 1000))
      setSecondsLeft(left)
      if (left === 0) clearInterval(timer)
    }, 250)
    return () => clearInterval(timer)
  }, [problem])

  function show(found: FormProblem) {
    setProblem(found)
    setMended([])
    setSecondsLeft(found.retryAfter)
  }

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (busy.current || secondsLeft > 0) return
    const fields = checkFields(event.currentTarget)
    if (Object.keys(fields).length) return show({ code: 'invalid_fields', fields, retryAfter: 0 })

    busy.current = true
    setPending(true)
    const { action } = event.currentTarget
    const { next, ...typed } = Object.fromEntries([...new FormData(event.currentTarget)].filter(([, value]) => value))
    const refused = await post(action, { ...typed, remember: 'remember' in typed })
    if (refused) {
      busy.current = false
      setPending(false)
      return show(refused)
    }
    tellOtherTabs('signed-in')
    location.assign(String(next))
  }

  function noteChange({ target }: FormEvent<HTMLFormElement>) {
    if (target instanceof HTMLInputElement && problem?.fields[target.name]) setMended([...mended, target.name])
  }

  return {
    formProps: {
      ref: form,
      method: 'post',
      onSubmit: submit,
      onInput: noteChange,
      noValidate: hydrated,
      'aria-busy': pending,
    },
    pending,
    problem,
    secondsLeft,
    /** What is wrong with a field, until something else is typed into it. */
    errorOf: (name: string) => (mended.includes(name) ? undefined : problem?.fields[name]),
    /** Without scripts nothing would enable the button again, so it only waits where they run. */
    mustWait: hydrated && secondsLeft > 0,
  }
}

const INVALID = '[aria-invalid="true"]'

/** @returns why it was refused, or null when it was not */
async function post(action: string, body: object): Promise<FormProblem | null> {
  try {
    const answer = await fetch(action, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    })
    return answer.ok ? null : await problemFromAnswer(answer)
  } catch {
    return UNREACHABLE
  }
}

/** What can be told without asking the server, which has the last word. */
function checkFields(form: HTMLFormElement): Record<string, string> {
  const inputs = [...form.elements].filter((element) => element instanceof HTMLInputElement)
  const problems: Record<string, string> = {}
  for (const input of inputs) {
    const issue = issueWith(input)
    if (issue) problems[input.name] = FIELD_MESSAGES[issue]
  }
  return problems
}

function issueWith({ name, value, validity }: HTMLInputElement): FieldIssue | null {
  if (validity.valueMissing) return 'required'
  if (validity.tooShort && name === 'password') return 'password_too_short'
  // Browsers refuse letters beyond ASCII before the @, the server does not.
  if (validity.typeMismatch && /^[ -~]*$/.test(value)) return 'email_invalid'
  return null
}

/** So that a reload does not bring back what has been dealt with. */
function forgetProblemInAddress() {
  const url = new URL(location.href)
  for (const name of ['error', 'retry', 'name', 'email', 'password']) url.searchParams.delete(name)
  history.replaceState(history.state, '', url)
}
