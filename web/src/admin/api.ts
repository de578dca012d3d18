/** What the admin's page asks of the server, with the cookie that its login left. */
export interface NodeRow {
  readonly id: string;
  readonly address: string;
  readonly version: string;
  readonly state: 'starting' | 'ready' | 'draining';
  readonly rooms: number;
  readonly connections: number;
  readonly startedAt: number;
}

export interface RoomRow {
  readonly roomId: string;
  readonly roomName: string;
  readonly players: number;
  readonly locked: boolean;
}

export interface SessionRow {
  readonly id: string;
  readonly name: string;
  readonly roomId: string;
  readonly roomName: string;
  readonly nodeId: string;
  readonly state: string;
  readonly joinedAt: number;
}

export interface AuditRow {
  readonly at: number;
  readonly node: string;
  readonly admin: string;
  readonly action: string;
  readonly target: string;
  readonly outcome: string;
}

const ROOT = '/v1/admin';

export const nodes = () => get<{ here: string; nodes: NodeRow[] }>('/nodes');
export const roomsOf = (node: string) => get<{ rooms: RoomRow[] }>(`/nodes/${word(node)}/rooms`);
export const sessionsOf = (user: string) => get<{ sessions: SessionRow[] }>(`/users/${word(user)}/sessions`);
export const audit = () => get<{ entries: AuditRow[] }>('/audit');

export const drain = (node: string) => post('/drain', { node });
export const move = (node: string, room: string, to: string | undefined) =>
  post<{ moved: boolean }>(`/rooms/${word(room)}/move`, { node, ...(to === undefined ? {} : { to }) });
export const kick = (session: string) => post<{ kicked: boolean }>(`/sessions/${word(session)}/kick`, {});
export const revoke = (user: string, blockDays?: number) =>
  post(`/users/${word(user)}/revoke`, blockDays === undefined ? {} : { blockDays });
export const logLevel = (node: string, level: string) => post('/log-level', { node, level });

const word = encodeURIComponent;

function get<T>(path: string): Promise<T> {
  return answer(fetch(ROOT + path));
}

function post<T = object>(path: string, body: object): Promise<T> {
  const headers = { 'Content-Type': 'application/json' };
  return answer(fetch(ROOT + path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

/** @throws Error with the sentence of the server */
async function answer<T>(request: Promise<Response>): Promise<T> {
  const response = await request;
  const body = (await response.json()) as T & { error?: string };
  if (!response.ok) throw new Error(body.error ?? `HTTP ${response.status}`);
  return body;
}
