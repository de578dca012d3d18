/** Patches a second that the world of a thousand can be asked for; the first is what it is held to. */
export const RATES = [30, 40, 60] as const;
