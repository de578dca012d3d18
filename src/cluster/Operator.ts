import { z } from 'zod';
import { subjectOfNode } from '../../schema/bus/subjects.ts';
import { type ErrorName, errors } from '../../schema/index.ts';
import { fail, GatehouseError, messageOf } from '../fail.ts';
import type { Counters } from '../ops/Counters.ts';
import type { Logger } from '../ops/log.ts';
import type { RequestBus, Subscription } from '../ports/event-bus.ts';

/** A move waits for young sessions and for requests that are worked on before it begins. */
const ANSWER_MS = 20_000;
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const name = z.string().min(1).max(128);

/** What one node may be told to do. */
export const NodeCommand = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('rooms') }),
  z.strictObject({ do: z.literal('drain') }),
  z.strictObject({ do: z.literal('move'), roomId: name, to: name.optional() }),
  z.strictObject({ do: z.literal('log-level'), level: z.enum(LOG_LEVELS) }),
]);
export type NodeCommand = z.output<typeof NodeCommand>;

/** What comes of it: one of both. */
const Outcome = z.object({ result: z.unknown(), error: z.string().optional() });

/** What an operator is shown of a room. */
export interface RoomSummary {
  readonly roomId: string;
  readonly roomName: string;
  readonly players: number;
  readonly locked: boolean;
}

/** This node, as far as an operator goes. */
export interface NodeOperations {
  rooms(): readonly RoomSummary[];
  /** Takes no new rooms from now on, and hands those that it has to other nodes. Resolves with how many it has. */
  drain(): Promise<number>;
  /** False: nobody took it, and it stayed. @throws NOT_FOUND for a room or a node that is not there */
  move(roomId: string, to: string | undefined): Promise<boolean>;
  logLevel(level: LogLevel): void;
}

export interface OperatorParts {
  readonly nodeId: string;
  readonly bus: RequestBus;
  readonly here: NodeOperations;
  /** Is there a live node with this id? */
  readonly isLive: (nodeId: string) => Promise<boolean>;
  readonly counters: Counters;
  readonly log: Logger;
}

/** Has any node do what an operator asks of one of them: whichever they reach, they reach all. */
export class Operator {
  readonly #parts: OperatorParts;
  #serving: Subscription | undefined;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
  }

  async open(): Promise<void> {
    const { bus, nodeId, counters, log } = this.#parts;
    this.#serving = await bus.serve(subjectOfNode(nodeId, 'operate'), 'operate', async (payload) => {
      const command = NodeCommand.safeParse(payload);
      if (!command.success) {
        counters.count('bus_foreign');
        return { error: 'INVALID_REQUEST' };
      }
      try {
        return { result: await this.#perform(command.data) };
      } catch (error) {
        if (error instanceof GatehouseError) return { error: error.error };
        log.error({ error: messageOf(error) }, 'operation failed');
        return { error: 'INTERNAL_ERROR' };
      }
    });
  }

  /** @throws NOT_FOUND when there is no such node, and what comes of the command */
  async run(nodeId: string, command: NodeCommand): Promise<unknown> {
    const { bus, counters, isLive } = this.#parts;
    if (nodeId === this.#parts.nodeId) return this.#perform(command);
    if (!(await isLive(nodeId))) throw fail('NOT_FOUND');
    const answer = Outcome.safeParse(await bus.request(subjectOfNode(nodeId, 'operate'), command, ANSWER_MS));
    if (!answer.success) {
      counters.count('bus_foreign');
      throw fail('UNAVAILABLE');
    }
    const { result, error } = answer.data;
    if (error === undefined) return result;
    throw fail(Object.hasOwn(errors, error) ? (error as ErrorName) : 'INTERNAL_ERROR');
  }

  async close(): Promise<void> {
    await this.#serving?.unsubscribe();
  }

  async #perform(command: NodeCommand): Promise<unknown> {
    const { here } = this.#parts;
    switch (command.do) {
      case 'rooms':
        return here.rooms();
      case 'drain':
        return here.drain();
      case 'move':
        return here.move(command.roomId, command.to);
      case 'log-level':
        here.logLevel(command.level);
        return command.level;
    }
  }
}
