/** A stack of the local Workers runtime's own, when it has lost the connection to its Worker; none of the app's answers. */
const STACK = /^\s*at .*miniflare.*\/entry\.worker\.js/m

export function isLost(status: number, body: string): boolean {
  return status === 500 && STACK.test(body)
}
