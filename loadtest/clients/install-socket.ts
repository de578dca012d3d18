/** Imported before the SDK, which looks once for the WebSocket that there is. */
import { MeteredSocket } from './MeteredSocket.ts';

Object.assign(globalThis, { WebSocket: MeteredSocket });
