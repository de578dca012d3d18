import { MatchMakeError, ServerError } from '@colyseus/sdk';
import { closeCodes, type ErrorName, errors, nextStep } from '@gatehouse/schema';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConnectionEnded, GatehouseError } from '../../client/src/errors.ts';

const names = Object.keys(errors) as ErrorName[];

describe('errors', () => {
  test.each(names)('CL13 makes %s of its JSON-RPC error', (name) => {
    const { code, message, retryable, sentence } = errors[name];
    const error = GatehouseError.fromRpc({ code, message, data: { current: 1 } });
    expect(error).toMatchObject({ name, code, message, retryable, sentence, data: { current: 1 } });
    expect(error).toBeInstanceOf(Error);
  });

  test('CL13 calls a foreign error UNKNOWN and keeps its code', () => {
    const error = GatehouseError.fromRpc({ code: -1, message: 'odd' });
    expect(error).toMatchObject({ name: 'UNKNOWN', code: -1, message: 'odd', retryable: false });
    expect(error.sentence).not.toBe('');
  });

  test.each(Object.entries(closeCodes))('CL14 makes %s of its close code', (name, { code, next, sentence }) => {
    const end = new ConnectionEnded(code, { reason: 'because' });
    expect(end).toMatchObject({ name, code, next, sentence, reason: 'because', retryable: next !== 'stop' });
  });

  test('CL14 goes by the range for a code that it does not know', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000 }), (code) => {
        const end = new ConnectionEnded(code);
        expect(end.next).toBe(nextStep(code));
        expect(end.sentence).not.toBe('');
        expect(end.message).not.toBe('');
      }),
    );
    expect(new ConnectionEnded(4_299)).toMatchObject({ name: 'UNKNOWN', next: 'later' });
  });

  test.each(names)('CL15 knows a join that was refused with %s, by the body and by the text', (name) => {
    const { code, http, message, retryable } = errors[name];
    const text = `${name}: ${message}`;
    const body = { code, name, error: text, retryable, data: { retryAfterMs: 5 } };
    const full = new ServerError(http, text, { status: http, data: body });
    expect(GatehouseError.fromMatchMake(full)).toMatchObject({ name, code, retryable, data: { retryAfterMs: 5 } });
    expect(GatehouseError.fromMatchMake(new MatchMakeError(text, http))).toMatchObject({ name, code, retryable });
  });

  test.each([
    [502, 'UNAVAILABLE'],
    [503, 'UNAVAILABLE'],
    [504, 'TIMEOUT'],
    [429, 'RATE_LIMITED'],
    [404, 'UNKNOWN'],
  ] as const)('CL15 knows an answer that is not of Gatehouse by its status: %i is %s', (status, name) => {
    const page = new ServerError(status, '<html>', { status, data: '<html>' });
    expect(GatehouseError.fromMatchMake(page).name).toBe(name);
  });

  test('CL15 calls a server that cannot be reached UNAVAILABLE', () => {
    const refused = new ServerError('ECONNREFUSED' as unknown as number, 'fetch failed');
    expect(GatehouseError.fromMatchMake(refused)).toMatchObject({ name: 'UNAVAILABLE', retryable: true });
    const browser = new ServerError(undefined as unknown as number, 'Failed to fetch');
    expect(GatehouseError.fromMatchMake(browser).name).toBe('UNAVAILABLE');
  });

  test('CL15 makes something of whatever is thrown', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        const error = GatehouseError.fromMatchMake(thrown);
        expect(error).toBeInstanceOf(GatehouseError);
        expect(error.sentence).not.toBe('');
      }),
    );
  });
});
