import type { Stay } from './entry/Stay.ts';
import type { Dot } from './map/draw-map.ts';
import { Marks } from './marks/Marks.ts';
import { Fades } from './world/Fades.ts';
import { Motion } from './world/Motion.ts';
import { Roster } from './world/Roster.ts';
import type { NamedFigure } from './world/Scene.ts';
import { Speech } from './world/Speech.ts';

/** What the page keeps of one stay: thrown away and made anew with each join. */
export class Visit {
  readonly stay: Stay;
  readonly motion: Motion;
  readonly marks: Marks;
  readonly speech = new Speech();
  readonly roster: Roster;
  readonly #fades = new Fades();

  constructor(stay: Stay, tell: (sentence: string) => void) {
    this.stay = stay;
    this.motion = new Motion(stay.world);
    this.marks = new Marks(stay.world, this.motion, tell);
    this.roster = new Roster(stay.world.sessionId);
  }

  /** Everybody as they are to be drawn at `now`, oneself last and so on top. */
  figures(now: number): NamedFigure[] {
    const { world } = this.stay;
    const others: NamedFigure[] = [];
    const own: NamedFigure[] = [];
    for (const [id, player] of world.state.players ?? []) {
      const isOwn = player === this.motion.me;
      const { hue, name } = player;
      // The server cannot tell us that we are away.
      const connected = player.connected && (!isOwn || world.status.state === 'online');
      const says = this.speech.of(id, now);
      const figure = { ...this.motion.pose(player), id, hue, name, connected, own: isOwn, says, alpha: 1 };
      (isOwn ? own : others).push(figure);
    }
    return this.#fades.apply([...others, ...own], now);
  }

  /** Everybody in the world for the map: those in sight exactly, the others about where they are; oneself last. */
  dots(): Dot[] {
    const { players, map } = this.stay.world.state;
    const dots: Dot[] = [];
    for (const [id, dot] of map ?? []) {
      const player = players?.get(id);
      if (player === undefined) dots.push({ ...this.motion.coarse(dot), kind: 'far' });
      else if (player !== this.motion.me) dots.push({ ...this.motion.pose(player), kind: 'near', hue: player.hue });
    }
    const { me } = this.motion;
    if (me !== undefined) dots.push({ ...this.motion.pose(me), kind: 'own' });
    return dots;
  }

  dispose(): void {
    this.motion.dispose();
  }
}
