import type { Stay } from './entry/Stay.ts';
import { Marks } from './marks/Marks.ts';
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
      const figure = { ...this.motion.pose(player), hue, name, connected, own: isOwn, says: this.speech.of(id, now) };
      (isOwn ? own : others).push(figure);
    }
    return [...others, ...own];
  }

  dispose(): void {
    this.motion.dispose();
  }
}
