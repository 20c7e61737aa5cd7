/** The store of the peers: each call is one request to it, and it answers at once. */
import { env } from 'cloudflare:workers'

/**
 * @param {Record<string, unknown>} call
 * @returns {Promise<any>}
 */
export async function ask(call) {
  const response = await fetch(env.STORE_URL, { method: 'POST', body: JSON.stringify(call) })
  if (!response.ok) throw new Error(`The store answers ${response.status}`)
  return response.json()
}
