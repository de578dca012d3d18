import { element } from './element.ts';
import { Steering } from './input/Steering.ts';
import { MiniMap } from './map/MiniMap.ts';
import type { Visit } from './Visit.ts';
import { Camera } from './world/Camera.ts';
import type { Pin } from './world/draw-mark.ts';
import { freeFrame } from './world/layout.ts';
import { Scene } from './world/Scene.ts';
import { Surface } from './world/Surface.ts';

/** What was drawn in one frame of a visit, for what goes along with it. */
export interface Drawn {
  readonly visit: Visit;
  readonly pins: ReadonlyArray<Pin & { readonly id: string; readonly label: string }>;
  readonly now: number;
}

/** The canvas and its frames: steers, looks where the player is, and draws. */
export class Stage {
  readonly canvas = element<HTMLCanvasElement>('canvas');
  readonly camera = new Camera();
  readonly #surface = new Surface(this.canvas);
  readonly #scene = new Scene(this.#surface, this.camera);
  readonly #map = new MiniMap();
  readonly #steering = new Steering();
  readonly #calm = matchMedia('(prefers-reduced-motion: reduce)');
  readonly #visit: () => Visit | null;
  readonly #onDrawn: (drawn: Drawn) => void;
  #last = performance.now();
  /** The visit whose player the camera has found. */
  #arrived: Visit | null = null;
  #frames = 0;

  constructor(parts: { readonly visit: () => Visit | null; readonly onDrawn: (drawn: Drawn) => void }) {
    this.#visit = parts.visit;
    this.#onDrawn = parts.onDrawn;
    window.addEventListener('resize', () => this.arrange());
    this.arrange();
    this.camera.follow(this.camera, { dtMs: 0, atOnce: true });
    requestAnimationFrame(this.#frame);
  }

  /** Frames that were drawn. */
  get frames(): number {
    return this.#frames;
  }

  /** Takes the size of the page and of what the panel leaves of it. */
  arrange(): void {
    this.#surface.measure();
    this.camera.fit(freeFrame(this.#surface.width, this.#surface.height));
  }

  readonly #frame = (now: number): void => {
    requestAnimationFrame(this.#frame);
    const dtMs = now - this.#last;
    this.#last = now;
    this.#frames += 1;
    const visit = this.#visit();
    visit?.motion.frame(now, this.#steering.read());
    const figures = visit?.figures(now) ?? [];
    const dots = visit?.dots() ?? [];
    const pins = visit?.marks.pins() ?? [];
    const me = figures.find((figure) => figure.own);
    // The first look at a new place does not glide in from the last one.
    const arriving = me !== undefined && this.#arrived !== visit;
    this.camera.follow(me ?? this.camera, { dtMs, atOnce: this.#calm.matches || arriving });
    if (arriving) this.#arrived = visit;
    const crowd = dots.filter(({ kind }) => kind === 'far');
    this.#scene.draw({ figures, crowd, pins, time: this.#calm.matches ? 0 : now });
    if (visit === null) return;
    this.#map.show({ dots, seen: this.camera.shown(this.camera.free), now });
    this.#onDrawn({ visit, pins, now });
  };
}
