import { z } from 'zod';
import { subjectOfNode } from '../../schema/bus/subjects.ts';
import type { RequestBus, Subscription } from '../ports/event-bus.ts';

/** How long a node may take to answer. Of one that has ended nobody listens, which the bus says at once. */
const ANSWER_MS = 800;

const Question = z.object({ from: z.string().max(128) });
const Answer = z.object({ nodeId: z.string(), takesForDead: z.boolean() });

export interface HailParts {
  readonly bus: RequestBus;
  readonly nodeId: string;
  /** Does this node take another one for dead? */
  readonly takesForDead: (nodeId: string) => boolean;
}

/** What a node that is there says of the one that asks. */
export interface Hailed {
  readonly takesForDead: boolean;
}

/** Nodes ask each other whether they are there, past the registry: it may have lost who is, or be out of reach of one of them. */
export class Hail {
  readonly #parts: HailParts;
  readonly #asked = new Map<string, Promise<Hailed | undefined>>();
  #answering: Subscription | undefined;

  constructor(parts: HailParts) {
    this.#parts = parts;
  }

  async open(): Promise<void> {
    const { bus, nodeId, takesForDead } = this.#parts;
    this.#answering = await bus.serve(subjectOfNode(nodeId, 'hail'), 'hail', (payload) => {
      const { data } = Question.safeParse(payload);
      return { nodeId, takesForDead: data !== undefined && takesForDead(data.from) };
    });
  }

  /** Undefined when the node does not answer, also while the bus is away. Many who ask at once ask once. */
  ask(nodeId: string): Promise<Hailed | undefined> {
    const known = this.#asked.get(nodeId);
    if (known !== undefined) return known;
    const { bus, nodeId: from } = this.#parts;
    const asked = bus
      .request(subjectOfNode(nodeId, 'hail'), { from }, ANSWER_MS)
      .then((answer) => Answer.safeParse(answer).data)
      .catch(() => undefined)
      .finally(() => this.#asked.delete(nodeId));
    this.#asked.set(nodeId, asked);
    return asked;
  }

  async close(): Promise<void> {
    await this.#answering?.unsubscribe();
  }
}
