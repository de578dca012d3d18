/** Unguessable values. A port, so that a test can repeat a run. */
export interface Random {
  /** 0 ≤ value < 1, for jitter; not a secret. */
  number(): number;
  /** A URL-safe id of 21 characters (126 bits). */
  id(): string;
}
