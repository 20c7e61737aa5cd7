/** Takes parameters out of the page's address, so that a reload does not bring back what has been dealt with. */
export function forgetInAddress(names: string[]): void {
  const url = new URL(location.href)
  for (const name of names) url.searchParams.delete(name)
  history.replaceState(history.state, '', url)
}
