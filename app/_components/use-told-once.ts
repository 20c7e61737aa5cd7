import { type RefObject, useEffect, useRef } from 'react'
import { forgetInAddress } from './address.ts'

/**
 * For what an address tells, such as what a form has done: takes the focus, so that it is read out, and leaves the address,
 * so that a reload does not tell it again.
 *
 * @param parameters of the address
 */
export function useToldOnce<E extends HTMLElement>(parameters: string[]): RefObject<E | null> {
  const element = useRef<E>(null)
  useEffect(() => {
    forgetInAddress(parameters)
    element.current?.focus()
  }, [parameters])
  return element
}
