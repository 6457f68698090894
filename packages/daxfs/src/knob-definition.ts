/** What the catalogue of knobs says of each. */

/** One entry. The first value is the default. */
export interface KnobDefinition {
  /** Short name in plan names, as in `S2+U=yes`. */
  readonly symbol?: string;
  /** Short names of values there, with the index of the value. */
  readonly words?: { readonly [word: string]: number };
  readonly about: string;
  readonly source: string;
  readonly values: readonly string[];
}
