/**
 * Mutants that no test can or need notice, by their title (`place: text -> text`), and why.
 * @type {Record<string, string>}
 */
export const survivors = {};
