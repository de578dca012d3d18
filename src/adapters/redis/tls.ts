import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { ignoreLateTlsErrors } from '../system/late-tls-errors.ts';

/**
 * What a `rediss://` address asks of TLS; undefined for `redis://`, which has none.
 * Without a file of authorities those count that Node trusts.
 */
export function tlsOf(url: string, caFile?: string): ConnectionOptions | undefined {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'rediss:') return undefined;
  ignoreLateTlsErrors();
  return {
    // ioredis does not name the host, and a managed Redis that serves several by one address would not know which is meant.
    ...(isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? { servername: hostname } : {}),
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
  };
}
