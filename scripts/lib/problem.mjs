/** What a person can put right: its message is all that is printed. */
export class Problem extends Error {
  name = 'Problem'
}
