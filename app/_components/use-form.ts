import { type FormEvent, useEffect, useRef, useState } from 'react'
import { FIELD_MESSAGES, type FieldIssue } from '@/lib/auth/field-messages.ts'
import { forgetInAddress } from './address.ts'
import { type FormProblem, PROBLEM_PARAMETERS, problemFromAnswer, UNREACHABLE } from './form-problem.ts'
import { PATIENCE } from './patience.ts'
import { useCountdown } from './use-countdown.ts'
import { useHydrated } from './use-hydrated.ts'
import { useProblemFocus } from './use-problem-focus.ts'
import { withNext } from './with-next.ts'

/** Milliseconds for which a form that stays takes no further click: a second one was meant for the first. */
const REST = 1_000

/** What a form sends, by the names of its fields; without those left empty. */
type Sent = Record<string, FormDataEntryValue>

/**
 * Takes over a form that posts to the API, and works by itself, once scripts run: checks fields, sends JSON with the form's
 * method (its field `_method`, else POST), and keeps what was typed when that fails.
 *
 * @param initial what a post without JavaScript was sent back with
 * @param onDone leads on: the form stays as it is, so that it cannot be sent again; without it, it can, and `isDone` tells
 */
export function useForm(initial: FormProblem | null, onDone?: (sent: Sent) => void) {
  const form = useRef<HTMLFormElement>(null)
  const busy = useRef(false)
  const [pending, setPending] = useState(false)
  const [isDone, setDone] = useState(false)
  const [isRefused, setRefused] = useState(initial !== null)
  const [problem, setProblem] = useState(initial)
  const [mended, setMended] = useState<string[]>([])
  const secondsLeft = useCountdown(problem)
  const hydrated = useHydrated()

  useEffect(() => {
    if (initial) forgetInAddress(PROBLEM_PARAMETERS)
  }, [initial])

  useProblemFocus(form, problem)

  function show(found: FormProblem | null) {
    setProblem(found)
    setMended([])
  }

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (busy.current || secondsLeft > 0) return
    const fields = checkFields(event.currentTarget)
    if (Object.keys(fields).length) return show({ code: 'invalid_fields', fields, retryAfter: 0 })

    busy.current = true
    setPending(true)
    // The attribute: a field may have the name that the property has.
    const action = event.currentTarget.getAttribute('action') ?? ''
    const sent: Sent = Object.fromEntries([...new FormData(event.currentTarget)].filter(([, value]) => value))
    const refused = await send(action, sent)
    if (!refused && onDone) return onDone(sent)
    if (refused?.code === 'unauthenticated') return location.assign(withNext('/login', location.pathname))
    if (refused) busy.current = false
    else setTimeout(() => (busy.current = false), REST)
    setPending(false)
    if (!refused) setDone(true)
    setRefused(refused !== null)
    show(refused)
  }

  function noteChange({ target }: FormEvent<HTMLFormElement>) {
    if (!(target instanceof HTMLInputElement)) return
    if (problem?.fields[target.name]) setMended([...mended, target.name])
    // The limit may have been that of the address. If not, the server says so again.
    if (problem?.code === 'rate_limited' && target.name === 'email') show(null)
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
    /** Whether it was accepted once: what came of that is not undone by a refusal. */
    isDone,
    /** Whether it was refused when it was last sent. */
    isRefused,
    problem,
    secondsLeft,
    /** What is wrong with a field, until something else is typed into it. */
    errorOf: (name: string) => (mended.includes(name) ? undefined : problem?.fields[name]),
    /** Without scripts nothing would enable the button again, so it only waits where they run. */
    mustWait: hydrated && secondsLeft > 0,
  }
}

/** @returns why it was refused, or null when it was not */
async function send(action: string, { _method = 'POST', ...fields }: Sent): Promise<FormProblem | null> {
  try {
    const answer = await fetch(action, {
      method: String(_method),
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(fields),
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

function issueWith({ value, validity }: HTMLInputElement): FieldIssue | null {
  if (validity.valueMissing) return 'required'
  if (validity.tooShort) return 'password_too_short'
  // Browsers refuse letters beyond ASCII before the @, the server does not.
  if (validity.typeMismatch && /^[ -~]*$/.test(value)) return 'email_invalid'
  return null
}
