import { messageFor } from './form-problem.ts'

/** Stands where data would, were it not for the store. @param href the page itself */
export function OutOfReach({ href }: { href: string }) {
  return (
    <div role="alert" className="notice notice-danger flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      {messageFor('store_unavailable')}
      <a href={href} className="button button-quiet">
        Try again
      </a>
    </div>
  )
}
