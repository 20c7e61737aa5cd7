/** Stands where a mail would be asked for, were there somebody to carry it. */
export function NoMail() {
  return <p className="notice notice-wait">This site cannot send mail yet.</p>
}
