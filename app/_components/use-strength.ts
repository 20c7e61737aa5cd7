import { type RefObject, useCallback, useEffect, useState } from 'react'
import { estimateStrength, NOTHING_TYPED } from './password-strength.ts'

/**
 * The strength of the new password in a form, measured anew at each `measure()`.
 *
 * @param field name of the password's field
 * @param personal what is known of the user, by the form's fields; the same function at each render
 */
export function useStrength(
  form: RefObject<HTMLFormElement | null>,
  field: string,
  personal: (fields: FormData) => string[],
) {
  const [strength, setStrength] = useState(NOTHING_TYPED)
  const measure = useCallback(() => {
    if (!form.current) return
    const fields = new FormData(form.current)
    setStrength(estimateStrength(String(fields.get(field)), personal(fields)))
  }, [form, field, personal])

  // The browser, or a password manager, may have filled the form before scripts ran.
  useEffect(measure, [measure])

  return { strength, measure }
}
