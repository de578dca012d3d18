/**
 * What comes from the wire, against its schema.
 *
 * Reading is more lenient than writing: a key that the schema does not know is
 * no error. The tables are strict, and a server one version ahead that says one
 * thing more must not break the players who are still on yesterday's page.
 */
import type { MethodSpec } from '@gatehouse/schema';
import type { z } from 'zod';

export type Checked = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

/** The params of a request or notification; positional ones go by the key order of the table. */
export function checkParams(spec: MethodSpec, params: unknown): Checked {
  if (!Array.isArray(params)) return check(spec.params, params ?? {});
  const keys = Object.keys(spec.params.shape);
  if (params.length > keys.length) return { ok: false, problem: 'too many positional params' };
  return check(spec.params, Object.fromEntries(params.map((value, index) => [keys[index], value])));
}

/** The result of a call. */
export function checkResult(spec: MethodSpec, result: unknown): Checked {
  return check(spec.result, result);
}

function check(schema: z.ZodType, value: unknown): Checked {
  let parsed: z.ZodSafeParseResult<unknown>;
  try {
    parsed = schema.safeParse(value);
  } catch (error) {
    // A schema that can only be checked asynchronously, or whose own code failed.
    return { ok: false, problem: String(error) };
  }
  if (parsed.success) return { ok: true, value: parsed.data };
  const problem = parsed.error.issues.find((issue) => issue.code !== 'unrecognized_keys');
  if (problem === undefined) return { ok: true, value };
  return { ok: false, problem: `${problem.path.join('.')}: ${problem.message}` };
}
