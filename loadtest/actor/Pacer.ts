/** Something to be done at each of its times. `at` is when it was meant to be, on the clock of `performance.now()`. */
export type Deed = (at: number) => void;

export interface PaceOptions {
  readonly perSecond: number;
  /** Of the first time. */
  readonly firstAt: number;
  /** Whether times that were missed are made up for at once, or left out. */
  readonly catchUp: boolean;
  readonly deed: Deed;
}

interface Paced extends PaceOptions {
  nextAt: number;
  stopped: boolean;
}

/**
 * Does things when they are meant to be done, however long those before took: what is measured from the times that
 * were meant does not look better when server or tool were held up. One timer for thousands of paces.
 */
export class Pacer {
  /** A heap: the next is the first. */
  readonly #heap: Paced[] = [];
  readonly #onLate: (milliseconds: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(onLate: (milliseconds: number) => void) {
    this.#onLate = onLate;
  }

  /** Returns what ends it. */
  start(options: PaceOptions): () => void {
    const paced: Paced = { ...options, nextAt: options.firstAt, stopped: false };
    this.#push(paced);
    this.#setTimer();
    return () => {
      paced.stopped = true;
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#heap.length = 0;
  }

  #wake(): void {
    this.#wakeAt = Number.POSITIVE_INFINITY;
    let now = performance.now();
    for (let first = this.#heap[0]; first !== undefined && first.nextAt <= now; first = this.#heap[0]) {
      const { deed, nextAt, perSecond, catchUp } = first;
      this.#pop();
      if (!first.stopped) {
        this.#onLate(now - nextAt);
        deed(nextAt);
        now = performance.now();
        const pause = 1_000 / perSecond;
        first.nextAt = nextAt + pause * (catchUp ? 1 : Math.max(1, Math.floor((now - nextAt) / pause)));
        this.#push(first);
      }
    }
    this.#setTimer();
  }

  #setTimer(): void {
    const first = this.#heap[0];
    if (first === undefined || first.nextAt >= this.#wakeAt) return;
    clearTimeout(this.#timer);
    this.#wakeAt = first.nextAt;
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, first.nextAt - performance.now()));
  }

  #push(paced: Paced): void {
    const heap = this.#heap;
    let at = heap.push(paced) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.nextAt <= paced.nextAt) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = paced;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.nextAt < heap[child]!.nextAt) child += 1;
      if (heap[child]!.nextAt >= last.nextAt) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
