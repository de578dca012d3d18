import type { MarkValue } from '@gatehouse/schema';
import type { Point } from '../world/Camera.ts';

/** At most ten edits a second, half of what the server takes. */
const EVERY_MS = 100;

export interface MarkEdit extends Point {
  readonly id: string;
  readonly ifVersion: number;
}

/**
 * One mark in the hand of one player. Sends where it is, one edit after the
 * other, each for the version that the last one made: an edit by anybody else
 * in between is a CONFLICT and ends the drag.
 */
export class MarkDrag {
  readonly id: string;
  /** Resolves when no edit of this drag is under way any more. */
  readonly over: Promise<void>;
  readonly #move: (edit: MarkEdit) => Promise<MarkValue>;
  readonly #onOver: (error: unknown) => void;
  #version: number;
  #target: Point;
  #sent: Point;
  #dropped = false;
  #running = false;

  /** `onOver` is called once, with undefined when the mark lies where it was dropped. */
  constructor(
    mark: { readonly id: string; readonly version: number } & Point,
    { move, onOver }: { move: (edit: MarkEdit) => Promise<MarkValue>; onOver: (error: unknown) => void },
  ) {
    this.id = mark.id;
    this.#version = mark.version;
    this.#target = this.#sent = { x: mark.x, y: mark.y };
    this.#move = move;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    this.#onOver = (error) => {
      onOver(error);
      resolve();
    };
  }

  get at(): Point {
    return this.#target;
  }

  /** Of the last edit that was accepted. */
  get version(): number {
    return this.#version;
  }

  to(point: Point): void {
    if (this.#dropped || (point.x === this.#target.x && point.y === this.#target.y)) return;
    this.#target = point;
    void this.#run();
  }

  drop(): void {
    this.#dropped = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#target !== this.#sent) {
        const { x, y } = this.#target;
        const sending = this.#target;
        const moved = await this.#move({ id: this.id, x, y, ifVersion: this.#version });
        this.#version = moved.version;
        this.#sent = sending;
        if (!this.#dropped || this.#target !== sending) await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      }
    } catch (error) {
      this.#dropped = true;
      this.#onOver(error);
      return; // Still `running`: a drag that is over sends nothing more.
    }
    this.#running = false;
    if (this.#dropped) {
      this.#running = true;
      this.#onOver(undefined);
    }
  }
}
