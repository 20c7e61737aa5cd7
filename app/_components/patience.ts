/** Milliseconds after which an unanswered request counts as lost. */
export const PATIENCE = 30_000
