import type { NamedFigure } from './Scene.ts';

/** From nothing to all of a figure, in milliseconds. */
const FADES_MS = 280;

/**
 * Lets those who come into sight appear, and those who leave it disappear where
 * they were last seen. Whoever is there at the first look is there at once.
 */
export class Fades {
  readonly #shown = new Map<string, { figure: NamedFigure; alpha: number }>();
  #last: number | null = null;

  /** The figures of this frame, with how much is to be seen of each, and those that are still going. */
  apply(figures: readonly NamedFigure[], now: number): NamedFigure[] {
    const step = this.#last === null ? 1 : Math.min(1, (now - this.#last) / FADES_MS);
    this.#last = now;
    const here = new Set(figures.map(({ id }) => id));
    const going: NamedFigure[] = [];
    for (const [id, shown] of this.#shown) {
      if (here.has(id)) continue;
      shown.alpha -= step;
      if (shown.alpha <= 0) this.#shown.delete(id);
      else going.push({ ...shown.figure, alpha: shown.alpha, says: undefined });
    }
    const present = figures.map((figure) => {
      const alpha = figure.own ? 1 : Math.min(1, (this.#shown.get(figure.id)?.alpha ?? 0) + step);
      this.#shown.set(figure.id, { figure, alpha });
      return { ...figure, alpha };
    });
    return [...going, ...present];
  }
}
