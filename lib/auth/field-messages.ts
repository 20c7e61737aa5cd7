/** What can be wrong with a field. JSON answers carry the messages, the query of a form without JavaScript the codes. */
export type FieldIssue =
  | 'required'
  | 'invalid'
  | 'email_invalid'
  | 'email_too_long'
  | 'email_unchanged'
  | 'password_too_short'
  | 'password_too_long'
  | 'password_common'
  | 'password_personal'
  | 'name_too_long'
  | 'role_unknown'

export const FIELD_MESSAGES: Record<FieldIssue, string> = {
  required: 'Please fill this in.',
  invalid: 'Please check this.',
  email_invalid: 'Please check this address. It should look like name@example.com.',
  email_too_long: 'That address is too long to be an email address.',
  email_unchanged: 'That is your address already.',
  password_too_short: 'Please use at least 8 characters.',
  password_too_long: 'Please use at most 256 characters.',
  password_common: 'That password is one of the most common, so it is easy to guess. Please choose another.',
  password_personal: 'That password is made of your email or name. Please choose another.',
  name_too_long: 'Please use at most 100 characters.',
  role_unknown: 'There is no such role here.',
}
