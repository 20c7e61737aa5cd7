import { type FormEvent, useRef, useState } from 'react'

/** For a form that works by itself: where scripts run, a double click sends it once. */
export function useSendOnce() {
  const isSent = useRef(false)
  const [pending, setPending] = useState(false)

  function onSubmit(event: FormEvent) {
    if (isSent.current) event.preventDefault()
    isSent.current = true
    setPending(true)
  }

  return { pending, formProps: { method: 'post', onSubmit, 'aria-busy': pending } }
}
