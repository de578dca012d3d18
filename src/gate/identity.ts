/** Who a token says its bearer is. What Colyseus keeps as `client.auth`. */
export interface Identity {
  /** `sub` */
  readonly userId: string;
  /** `name`, cut to 32 printable characters; the user id when the token has none. */
  readonly name: string;
  /** `role`; `player` when the token has none. */
  readonly role: string;
  /** `jti` */
  readonly tokenId: string | null;
  /** `iat`, in milliseconds since 1970; 0 when the token has none. */
  readonly issuedAt: number;
  /** `exp`, in milliseconds since 1970. */
  readonly expiresAt: number;
}

export const MAX_NAME = 32;
