import type { Room } from '@colyseus/sdk';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at by the test
  readonly body: any;
}

/** One request to `/v1/sessions{path}`; a body is JSON, or goes out as it is when it is text. */
export async function askSessions(
  url: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answered> {
  const response = await fetch(`${url}/v1/sessions${path}`, {
    method,
    headers: {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

/** What a page keeps of a room to come back into it. */
export function keptOf(room: Room): { sessionId: string; token: string } {
  return { sessionId: room.sessionId, token: room.reconnectionToken };
}
