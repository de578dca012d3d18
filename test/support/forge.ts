import { createHmac, type KeyObject, sign } from 'node:crypto';

/** Signs the signing input of a token; returns the signature's bytes. */
export type Signer = (input: string) => Buffer;

export const hs256 = (secret: string | Buffer): Signer => hmac('sha256', secret);
export const hmac =
  (hash: string, secret: string | Buffer): Signer =>
  (input) =>
    createHmac(hash, secret).update(input).digest();
export const rs256 =
  (key: KeyObject, hash = 'sha256'): Signer =>
  (input) =>
    sign(hash, Buffer.from(input), key);
export const es256 =
  (key: KeyObject): Signer =>
  (input) =>
    sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
export const unsigned: Signer = () => Buffer.alloc(0);

/**
 * A token with any header and any payload, as JSON text or as a value: the
 * libraries refuse to make the bad ones.
 */
export function forge(header: object | string, payload: unknown, signer: Signer): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signer(input).toString('base64url')}`;
}

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toString('base64url');
}
