/** Messages that one turn of the loop delivers at most, and their characters. */
export const TURN = { messages: 256, characters: 256 * 1024 };
/** What may wait for its listener, in characters with 256 a message for what surrounds it: of one subscription, and in all. */
export const WAITING = { box: 4 * 1024 * 1024, all: 32 * 1024 * 1024 };
const OVERHEAD = 256;

export interface Incoming {
  readonly text: string;
  readonly subject: string;
  /** Where an answer is waited for. */
  readonly reply: string | undefined;
}

/**
 * What came in and waits for its listener. However much comes at once, a turn
 * of the loop delivers a bounded part of it, one message of each subscription
 * in rotation, so that a flood on one subject holds up neither the loop nor
 * another subject. What does not fit is refused.
 */
export class Inbox {
  readonly #waiting = new Set<Box>();
  readonly #boxes = new Set<Box>();
  readonly #idle: Array<() => void> = [];
  #size = 0;
  #scheduled = false;

  open(deliver: (message: Incoming) => void): Box {
    const box = new Box(deliver);
    this.#boxes.add(box);
    return box;
  }

  /** False when the bound is reached: the message is dropped. */
  put(box: Box, message: Incoming): boolean {
    const size = sizeOf(message);
    if (!box.open || box.size + size > WAITING.box || this.#size + size > WAITING.all) return false;
    box.messages.push(message);
    box.size += size;
    this.#size += size;
    this.#waiting.add(box);
    this.#schedule();
    return true;
  }

  /** Nothing more is delivered. */
  close(box: Box): void {
    box.open = false;
    this.#boxes.delete(box);
    this.#waiting.delete(box);
    this.#size -= box.size;
    box.messages = [];
    box.size = 0;
  }

  closeAll(): void {
    for (const box of this.#boxes) this.close(box);
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    if (this.#waiting.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    let { messages, characters } = TURN;
    for (const box of this.#waiting) {
      const message = box.messages.shift()!;
      const size = sizeOf(message);
      box.size -= size;
      this.#size -= size;
      // To the end of the rotation: this loop comes to what was added while it runs.
      this.#waiting.delete(box);
      if (box.messages.length > 0) this.#waiting.add(box);
      box.deliver(message);
      messages -= 1;
      characters -= message.text.length;
      if (messages <= 0 || characters <= 0) break;
    }
    if (this.#waiting.size > 0) this.#schedule();
    else for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** What waits for one subscription. */
export class Box {
  /** Must not throw. */
  readonly deliver: (message: Incoming) => void;
  messages: Incoming[] = [];
  size = 0;
  open = true;

  constructor(deliver: (message: Incoming) => void) {
    this.deliver = deliver;
  }
}

function sizeOf({ text }: Incoming): number {
  return text.length + OVERHEAD;
}
