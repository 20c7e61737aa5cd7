/**
 * Text as it is compared: two spellings that differ in case or in Unicode form are one (NFKC). Normalized again behind the
 * lower case: `J̌` has no composed form, but its lower case `ǰ` has.
 */
export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().normalize('NFKC')
}
