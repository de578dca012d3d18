import { z } from 'zod';
import { subjectOfNode } from '../../schema/bus/subjects.ts';
import type { RequestBus, Subscription } from '../ports/event-bus.ts';

/** How long a node may take to answer. Of one that has ended nobody listens, which the bus says at once. */
const ANSWER_MS = 800;

const Answer = z.object({ nodeId: z.string() });

/** Nodes ask each other whether they are there, past the registry: it may have lost who is. */
export class Hail {
  readonly #bus: RequestBus;
  readonly #nodeId: string;
  readonly #asked = new Map<string, Promise<boolean>>();
  #answering: Subscription | undefined;

  constructor({ bus, nodeId }: { bus: RequestBus; nodeId: string }) {
    this.#bus = bus;
    this.#nodeId = nodeId;
  }

  async open(): Promise<void> {
    const nodeId = this.#nodeId;
    this.#answering = await this.#bus.serve(subjectOfNode(nodeId, 'hail'), 'hail', () => ({ nodeId }));
  }

  /** False also while the bus is away. Many who ask at once ask once. */
  answers(nodeId: string): Promise<boolean> {
    const known = this.#asked.get(nodeId);
    if (known !== undefined) return known;
    const asked = this.#bus
      .request(subjectOfNode(nodeId, 'hail'), {}, ANSWER_MS)
      .then((answer) => Answer.safeParse(answer).data?.nodeId === nodeId)
      .catch(() => false)
      .finally(() => this.#asked.delete(nodeId));
    this.#asked.set(nodeId, asked);
    return asked;
  }

  async close(): Promise<void> {
    await this.#answering?.unsubscribe();
  }
}
