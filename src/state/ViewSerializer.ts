import {
  type Client,
  type ClientPrivate,
  ClientState,
  Protocol,
  ProtocolModifier,
  SchemaSerializer,
} from '@colyseus/core';
import { Encoder, type Schema, type StateView } from '@colyseus/schema';
import { SharedChanges } from './SharedChanges.ts';

/** What rooms with inputs put before a patch: their clock, and the last input that it accounts for. */
type Timing = Parameters<SchemaSerializer<Schema>['applyPatches']>[2];

/** Of `Timing`: two numbers of 32 bits. */
const TIMING_BYTES = 8;

/** What a room encodes into, in bytes. It grows by itself; a growth is warned of, and no room of a usual size should be. */
Encoder.BUFFER_SIZE = Math.max(Encoder.BUFFER_SIZE, 64 * 1_024);

/**
 * Colyseus's serializer, for rooms in which clients have views. It sends the same bytes; what several clients see is
 * encoded once, each frame is copied once, and a full state of any size is sent whole.
 */
export class ViewSerializer<State extends Schema> extends SchemaSerializer<State> {
  #shared: SharedChanges | undefined;

  override reset(state: State & Schema): void {
    super.reset(state);
    this.#shared = this.hasFilters ? new SharedChanges(this.encoder) : undefined;
  }

  override applyPatches(clients: Client[], state?: unknown, timing?: Timing): boolean {
    const { encoder } = this;
    const shared = this.#shared;
    const isQuiet = clients.length === 0 || !encoder.hasChanges;
    // A stream shows things to a view while that is encoded.
    if (shared === undefined || isQuiet || encoder.root.streamTrees.size > 0) {
      return super.applyPatches(clients, state, timing);
    }
    this.needFullEncode = true;
    const forAll = encoder.encode({ offset: 0 });
    shared.collect();
    /** Clients with one view between them: what it was given is told once. */
    const frames = new Map<StateView, Buffer>();
    for (const client of clients) {
      if (client.state !== ClientState.JOINED) continue;
      const { view } = client;
      let frame = view && frames.get(view);
      if (frame === undefined) {
        frame = frameOf(forAll, view && shared.bytesFor(view), timing);
        if (view !== undefined) frames.set(view, frame);
      } else {
        frame = Buffer.from(frame);
      }
      if (timing !== undefined) frame.writeUInt32LE(lastInputOf(client) >>> 0, 5);
      client.raw(frame);
    }
    encoder.discardChanges();
    return true;
  }

  override getFullState(client?: Client, timing?: Timing): Uint8Array {
    const bytes = super.getFullState(client, timing);
    if (this.fullEncodeCache.buffer === this.fullEncodeBuffer.buffer) return bytes;
    // What everybody gets outgrew the buffer. Colyseus would go on to take the old one's bytes for it, in every view.
    this.fullEncodeBuffer = new Uint8Array(this.fullEncodeCache.buffer);
    return super.getFullState(client, timing);
  }
}

/** A patch; where there is timing, with room for the number of the last input, which each client has of its own. */
function frameOf(forAll: Uint8Array, forView: Uint8Array | undefined, timing: Timing): Buffer {
  const head = timing === undefined ? 1 : 1 + TIMING_BYTES;
  const frame = Buffer.allocUnsafe(head + forAll.length + (forView?.length ?? 0));
  frame[0] = Protocol.ROOM_STATE_PATCH;
  if (timing !== undefined) {
    frame[0] |= ProtocolModifier.TIMED;
    frame.writeUInt32LE(timing.sNow >>> 0, 1);
  }
  frame.set(forAll, head);
  if (forView !== undefined) frame.set(forView, head + forAll.length);
  return frame;
}

function lastInputOf(client: Client): number {
  return (client as Client & ClientPrivate)._inputBuffer?.ackSeq ?? 0;
}
