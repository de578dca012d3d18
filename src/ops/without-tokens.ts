/** Names that a token or a secret goes by, in addresses and in what is quoted of messages. */
const NAMED = '(?:_authToken|reconnectionToken|token)';
const PATTERNS = [
  // A JWT, or the beginning of one.
  [/\beyJ[\w-]{8,}(?:\.[\w-]*)*/g, '(token)'],
  [/\b(bearer\s+)[\w.~+/-]+=*/gi, '$1(token)'],
  [new RegExp(`\\b(${NAMED}=)[^\\s"'&\\\\]+`, 'gi'), '$1(token)'],
  [new RegExp(`(${NAMED}\\\\*["']?\\s*:\\s*\\\\*["'])[^"'\\\\]+`, 'gi'), '$1(token)'],
] as const;

/** Text without what looks like a token or a secret. An error of a library may quote what a client sent. */
export function withoutTokens(text: string): string {
  let clean = text;
  for (const [pattern, shown] of PATTERNS) clean = clean.replace(pattern, shown);
  return clean;
}
