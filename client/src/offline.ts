import { closeCodes } from '@gatehouse/schema';
import { ConnectionEnded } from './errors.ts';

/**
 * What is known of a lost connection while the device says that it has no
 * network: that. The SDK closes its sockets with 4010 at the browser's `offline`
 * event, and those that fail without a network say 1006; a server that asks to
 * come back gives a reason.
 */
export function orOffline(end: ConnectionEnded): ConnectionEnded {
  const own = end.code === closeCodes.ABNORMAL.code || (end.code === closeCodes.RECONNECT.code && end.reason === '');
  if (!own || globalThis.navigator?.onLine !== false) return end;
  return new ConnectionEnded(closeCodes.ABNORMAL.code, {
    reason: 'the device is offline',
    sentence: 'This device is offline.',
    cause: end,
  });
}
