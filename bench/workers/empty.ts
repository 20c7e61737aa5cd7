/** Answers, and that is all. */
export default {
  fetch: () => Response.json({ id: '' }),
}
