/**
 * What travels on the bus, as JSON. Each envelope has two schemas: `written`
 * is strict, as a key that we do not know is a mistake of ours; `read` lets keys
 * pass that a newer peer added, and drops them.
 */
import { z } from 'zod';
import { MAX_METHOD_NAME } from '../rpc/envelope.ts';
import { UserId, UserPresence } from '../rpc/presence.ts';
import { BUS_VERSION, isShallow, MAX_BUS_NAME, MAX_BUS_TEXT } from './bounds.ts';

/** Namespaces in which only the platform speaks to a player. */
export const RESERVED_NAMESPACES = ['rpc', 'system', 'session', 'client'] as const;

const v = z.literal(BUS_VERSION);
const Name = z.string().min(1).max(MAX_BUS_NAME);
const shallow = [(value: unknown) => isShallow(value), { error: 'is nested too deeply' }] as const;
const Json = z.unknown().refine(...shallow);
const Params = z.record(z.string(), z.unknown()).refine(...shallow);
const MethodName = z
  .string()
  .max(MAX_METHOD_NAME)
  .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, { error: 'must be words of letters, digits, _ and -, joined by dots' });

const isFree = (method: string) =>
  !RESERVED_NAMESPACES.some((name) => method === name || method.startsWith(`${name}.`));

const envelope = <T extends z.core.$ZodLooseShape>(shape: T) => ({
  written: z.strictObject({ v, ...shape }),
  read: z.object({ v, ...shape }),
});

/** `gatehouse.presence.<userId>`, from the node that saw the change. */
export const presenceEnvelope = {
  written: z.strictObject({ v, user: UserPresence }),
  read: z.object({ v, user: z.object(UserPresence.shape) }),
};
export type PresenceEnvelope = z.infer<typeof presenceEnvelope.written>;

/** `gatehouse.room.<roomId>.event`, from the room. */
export const roomEnvelope = envelope({ event: MethodName, roomId: Name, roomName: Name, data: Json.optional() });
export type RoomEnvelope = z.infer<typeof roomEnvelope.written>;

/** `gatehouse.user.<userId>.notify`, from a service: the player's sessions get a JSON-RPC notification. */
export const notifyEnvelope = envelope({
  method: MethodName.refine(isFree, { error: 'is in a namespace of the platform' }),
  params: Params.default({}),
});
export type NotifyEnvelope = z.infer<typeof notifyEnvelope.read>;

/** `gatehouse.node.<nodeId>.<event>`. What `data` is, the event says. */
export const nodeEnvelope = envelope({ nodeId: Name, data: Json.optional() });
export type NodeEnvelope = z.infer<typeof nodeEnvelope.written>;

/** `gatehouse.rpc.<method>`, from the room that was asked, to a service. The params are what the method's table says. */
export const callEnvelope = envelope({
  id: Name.describe('Of this call, in logs; never used twice'),
  method: MethodName,
  params: Params,
  user: z.object({ id: UserId, name: z.string().max(MAX_BUS_NAME), role: z.string().max(MAX_BUS_NAME) }),
  session: z.object({ id: Name, roomId: Name, roomName: Name }),
  deadline: z.int().positive().describe('Milliseconds until nobody waits for the answer any more'),
});
export type CallEnvelope = z.infer<typeof callEnvelope.written>;

const Result = z.object({ v, result: Json });
const Refusal = z.object({
  v,
  error: z.object({ code: z.int(), message: z.string().max(MAX_BUS_TEXT), data: Json.optional() }),
});
export type AnswerEnvelope = z.infer<typeof Result> | z.infer<typeof Refusal>;

/** The answer of a service; undefined when it is none. One that has neither `result` nor `error`, or both, is none. */
export function readAnswer(value: unknown): AnswerEnvelope | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const hasResult = Object.hasOwn(value, 'result');
  if (hasResult === Object.hasOwn(value, 'error')) return undefined;
  return (hasResult ? Result : Refusal).safeParse(value).data;
}
