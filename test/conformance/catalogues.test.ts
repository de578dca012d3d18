import { readFileSync } from 'node:fs';
import { CloseCode } from '@colyseus/core';
import { expect, test } from 'vitest';
import { closeCodes, closeNameOf, errorNameOf, errors, keepsSession, nextStep } from '../../schema/index.ts';
import { VERSION } from '../../src/rpc/version.ts';

test('CT1 error codes are unique, in the ranges of JSON-RPC, and found by their code', () => {
  const codes = Object.values(errors).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  for (const [name, { code, http, sentence }] of Object.entries(errors)) {
    const ofSpecification = [-32700, -32600, -32601, -32602, -32603].includes(code);
    expect(ofSpecification || (code >= -32099 && code <= -32001), name).toBe(true);
    expect(http >= 400 && http < 600, name).toBe(true);
    expect(sentence, name).toMatch(/\.$/);
    expect(errorNameOf(code)).toBe(name);
  }
});

test('CT2 a close code says by its range what a client does next, known or not', () => {
  const ranges = {
    resume: [4010, 4099],
    refresh: [4100, 4199],
    later: [4200, 4299],
    rejoin: [4300, 4399],
    stop: [4400, 4499],
  };
  for (const [next, [from, to]] of Object.entries(ranges)) {
    for (const code of [from!, to!]) expect(nextStep(code)).toBe(next);
    for (const { code, next: step } of Object.values(closeCodes)) {
      if (code >= from! && code <= to!) expect(step, String(code)).toBe(next);
    }
  }
  for (const [name, { code }] of Object.entries(closeCodes)) expect(closeNameOf(code)).toBe(name);
  expect([1006, 4010, 4101, 4201].map(keepsSession)).toEqual([true, true, true, true]);
  expect([1000, 4000, 4001, 4301, 4401].map(keepsSession)).toEqual([false, false, false, false, false]);
});

test('CT3 the codes of Colyseus are in the catalogue, as unmodified SDKs know them', () => {
  for (const code of Object.values(CloseCode)) expect(closeNameOf(code as number), String(code)).toBeDefined();
});

test('CT4 the version that the server tells is that of the packages', () => {
  for (const path of ['package.json', 'client/package.json', 'schema/package.json']) {
    expect(JSON.parse(readFileSync(path, 'utf8')).version, path).toBe(VERSION);
  }
});
