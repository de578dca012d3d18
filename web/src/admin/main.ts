/** The admin's page: nodes with drain and move, the sessions of a user, and what admins did. */
import { render } from 'lit';
import { element } from '../element.ts';
import * as api from './api.ts';
import { auditTable, nodeTable, roomTable, sessionTable } from './tables.ts';

const REFRESH_MS = 3_000;

let nodes: readonly api.NodeRow[] = [];
/** Whose rooms and whose sessions are shown. */
let shownNode: string | undefined;
let shownUser: string | undefined;

async function refresh(): Promise<void> {
  const [answer, { entries }] = await Promise.all([api.nodes(), api.audit()]);
  nodes = answer.nodes;
  if (!nodes.some(({ id }) => id === shownNode)) shownNode = undefined;
  const actions = { rooms: showRooms, drain, logLevel };
  render(nodeTable(nodes, answer.here, actions), element('nodes'));
  render(auditTable(entries), element('audit'));
  await Promise.all([refreshRooms(), refreshSessions()]);
}

async function refreshRooms(): Promise<void> {
  if (shownNode === undefined) {
    element('rooms').replaceChildren();
    return;
  }
  const node = shownNode;
  const { rooms } = await api.roomsOf(node);
  const others = nodes.filter(({ id, state }) => id !== node && state === 'ready').map(({ id }) => id);
  const move = (room: string, to: string | undefined) =>
    perform(
      `Move the room ${room} to ${to ?? 'another node'}?`,
      () => api.move(node, room, to),
      ({ moved }) => (moved ? `The room ${room} has moved.` : `No node took the room ${room}; it stayed.`),
    );
  render(roomTable(node, rooms, others, move), element('rooms'));
}

async function refreshSessions(): Promise<void> {
  if (shownUser === undefined) return;
  const user = shownUser;
  const { sessions } = await api.sessionsOf(user);
  const actions = {
    kick: (session: string) =>
      perform(
        `End the session ${session} of ${user}?`,
        () => api.kick(session),
        () => `${user} was kicked.`,
      ),
    revoke: () =>
      perform(
        `Revoke all tokens of ${user}? They must sign in anew.`,
        () => api.revoke(user),
        () => `The tokens of ${user} are revoked.`,
      ),
    block: (days: number) =>
      perform(
        `Block ${user}?`,
        () => api.revoke(user, days),
        () => `${user} is blocked.`,
      ),
  };
  render(sessionTable(user, sessions, actions), element('sessions'));
}

function showRooms(node: string): void {
  shownNode = node;
  told(refreshRooms());
}

function drain(node: string): void {
  perform(
    `Drain ${node}? It takes no new rooms, and hands its rooms to other nodes.`,
    () => api.drain(node),
    () => `${node} hands its rooms over.`,
  );
}

function logLevel(node: string, level: string): void {
  perform(
    undefined,
    () => api.logLevel(node, level),
    () => `${node} logs from ${level} on.`,
  );
}

/** Asks first, when there is something to ask; then tells what came of it. */
function perform<T>(question: string | undefined, work: () => Promise<T>, sentence: (result: T) => string): void {
  if (question !== undefined && !confirm(question)) return;
  told(
    work().then(async (result) => {
      notice(sentence(result));
      await refresh();
    }),
  );
}

function told(work: Promise<unknown>): void {
  work.catch((error) => notice(error instanceof Error ? error.message : String(error), 'bad'));
}

function notice(text: string, kind = ''): void {
  element('notice').textContent = text;
  element('notice').className = kind;
}

element<HTMLFormElement>('find').addEventListener('submit', (event) => {
  event.preventDefault();
  shownUser = element<HTMLInputElement>('user').value;
  told(refreshSessions());
});
// Not while somebody is choosing from a list.
setInterval(() => {
  if (document.visibilityState === 'visible' && document.activeElement?.tagName !== 'SELECT') told(refresh());
}, REFRESH_MS);
told(refresh());
