import { TLSSocket } from 'node:tls';

let isIgnored = false;

/**
 * Node also tells of an error on a TLS socket after it was destroyed: the answer of a server whose certificate was
 * refused comes in late. Libraries have stopped listening by then, and an error that nobody listens to ends the process.
 */
export function ignoreLateTlsErrors(): void {
  if (isIgnored) return;
  isIgnored = true;
  const { emit } = TLSSocket.prototype as { emit(event: string | symbol, ...args: unknown[]): boolean };
  Object.assign(TLSSocket.prototype, {
    emit(this: TLSSocket, event: string | symbol, ...args: unknown[]): boolean {
      const isLate = event === 'error' && this.destroyed && args[0] !== this.errored;
      return isLate && this.listenerCount('error') === 0 ? false : emit.call(this, event, ...args);
    },
  });
}
