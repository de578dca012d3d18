import { globSync, readFileSync } from 'node:fs';
import { getMessageBytes, Protocol } from '@colyseus/core';
import { Decoder, Reflection } from '@colyseus/schema';
import { InputDecoder } from '@colyseus/schema/input';
import { unpack } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { MoveInput, WorldState } from '../../schema/index.ts';

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const files = globSync('schema/golden/v*.json').sort();

describe.each(files)('%s', (path) => {
  const golden = JSON.parse(readFileSync(path, 'utf8'));

  test('GV1 messages are packed to the recorded bytes and read from them', () => {
    for (const { payload, frame } of golden.messages) {
      expect(Buffer.from(getMessageBytes.raw(Protocol.ROOM_DATA, 'rpc', payload)).toString('hex')).toBe(frame);
      // One byte of protocol, then the type: a string of three letters.
      expect(unpack(bytes(frame).subarray(1 + 1 + 'rpc'.length))).toEqual(payload);
    }
  });

  test('GV2 recorded inputs are read as what they were', () => {
    for (const { value, bytes: hex } of golden.inputs) {
      const input = new MoveInput();
      new InputDecoder(input).decode(bytes(hex));
      expect({ mx: input.mx, my: input.my }).toEqual(value);
    }
  });

  test('GV3 a recorded session of state is read step by step, with our schema and with the one it describes', () => {
    const { reflection, steps } = golden.world;
    const ours = new Decoder(new WorldState());
    const reflected = Reflection.decode(bytes(reflection));
    for (const { bytes: hex, state } of steps) {
      for (const decoder of [ours, reflected]) {
        decoder.decode(bytes(hex));
        const read = JSON.parse(JSON.stringify(decoder.state.toJSON()));
        // A later schema may say more of a thing; it may not hold other things.
        expect(read).toMatchObject(state);
        for (const map of ['players', 'marks']) expect(Object.keys(read[map])).toEqual(Object.keys(state[map]));
      }
    }
  });
});
