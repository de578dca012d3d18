import { GameRoom } from '../../src/index.ts';

/** The server asks a client, and does not wait for ever. */
export class AskingRoom extends GameRoom {
  async isThere(sessionId: string): Promise<boolean> {
    const session = this.platform.sessions.get(sessionId);
    if (session === undefined) return false;
    try {
      await this.call(session, 'client.ping', {}, { timeoutMs: 1_000 });
      return true;
    } catch {
      return false; // TIMEOUT, CONNECTION_LOST, or the client refused.
    }
  }
}
