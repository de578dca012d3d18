import { ConnectionEnded, GatehouseError } from '@gatehouse/client';

/** What to tell a player of anything that was thrown. */
export function sentenceOf(error: unknown): string {
  const known = error instanceof GatehouseError || error instanceof ConnectionEnded;
  return known ? error.sentence : 'Something went wrong.';
}
