import { MapDot, type Player, type WorldState } from '../../schema/index.ts';

/** A dot follows its player every so many ticks: twice a second. */
const EVERY = 30;
/** Dots that follow in one tick at most, some 64 bytes: beyond 240 players each has to wait longer. */
const MOST = 8;

/** Keeps `state.map`: about where everybody is, for everybody. The dots take turns, so that no patch has many of them. */
export class MapDots {
  readonly #order: Array<{ readonly player: Player; readonly dot: MapDot }> = [];
  #next = 0;

  add({ map }: WorldState, sessionId: string, player: Player): void {
    const dot = new MapDot({ x: player.x, y: player.y });
    map.set(sessionId, dot);
    this.#order.push({ player, dot });
  }

  /** A player whose dot is on the map already. */
  restore({ map }: WorldState, sessionId: string, player: Player): void {
    const dot = map.get(sessionId);
    if (dot !== undefined) this.#order.push({ player, dot });
  }

  remove({ map }: WorldState, sessionId: string): void {
    const at = this.#order.findIndex(({ dot }) => dot === map.get(sessionId));
    if (at < 0) return;
    map.delete(sessionId);
    this.#order.splice(at, 1);
    if (at < this.#next) this.#next -= 1;
  }

  /** One tick. A dot whose player is still in the same step of both axes costs nothing on the wire. */
  update(): void {
    const due = Math.min(MOST, Math.ceil(this.#order.length / EVERY));
    for (let i = 0; i < due; i++) {
      if (this.#next >= this.#order.length) this.#next = 0;
      const { player, dot } = this.#order[this.#next++]!;
      dot.x = player.x;
      dot.y = player.y;
    }
  }
}
