import { getCookie } from '@/lib/next.ts'

/** What was sent with a form that was refused without JavaScript, all but passwords. */
export interface FormDraft {
  email?: string
  name?: string
  remember?: boolean
  /** Of a mailed link. */
  token?: string
}

/** Reads the draft that the server left in a short-lived cookie. Whatever does not parse counts as nothing typed. */
export async function readFormDraft(): Promise<FormDraft> {
  const value = await getCookie('form')
  if (!value) return {}
  try {
    const bytes = Uint8Array.from(atob(value.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
    const { email, name, remember, token } = JSON.parse(new TextDecoder().decode(bytes))
    return {
      email: typeof email === 'string' ? email : undefined,
      name: typeof name === 'string' ? name : undefined,
      remember: remember === true,
      token: typeof token === 'string' ? token : undefined,
    }
  } catch {
    return {}
  }
}
