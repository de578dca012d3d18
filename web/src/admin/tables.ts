import { html, nothing, type TemplateResult } from 'lit';
import type { AuditRow, NodeRow, RoomRow, SessionRow } from './api.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'];

export interface NodeActions {
  rooms(node: string): void;
  drain(node: string): void;
  logLevel(node: string, level: string): void;
}

export function nodeTable(rows: readonly NodeRow[], here: string, act: NodeActions): TemplateResult {
  return table(
    ['node', 'state', 'rooms', 'connections', 'version', 'since', 'log level', ''],
    rows.map(
      ({ id, state, rooms, connections, version, startedAt, address }) => html`
        <tr data-node=${id}>
          <td title=${address}><code>${id}</code>${id === here ? ' (this one)' : nothing}</td>
          <td class=${state}>${state}</td>
          <td class="number">${rooms}</td>
          <td class="number">${connections}</td>
          <td>${version}</td>
          <td>${time(startedAt)}</td>
          <td>
            <select aria-label=${`Log level of ${id}`} @change=${(event: Event) => {
              const select = event.target as HTMLSelectElement;
              act.logLevel(id, select.value);
              select.selectedIndex = 0;
            }}>
              <option value="" disabled selected>change…</option>
              ${LEVELS.map((level) => html`<option>${level}</option>`)}
            </select>
          </td>
          <td>
            <div class="row">
              <button @click=${() => act.rooms(id)}>Rooms</button>
              <button class="danger" ?disabled=${state !== 'ready'} @click=${() => act.drain(id)}>Drain</button>
            </div>
          </td>
        </tr>
      `,
    ),
  );
}

export function roomTable(
  node: string,
  rows: readonly RoomRow[],
  others: readonly string[],
  move: (room: string, to: string | undefined) => void,
): TemplateResult {
  if (rows.length === 0) return html`<h3>Rooms of <code>${node}</code></h3><p class="empty">None.</p>`;
  return html`<h3>Rooms of <code>${node}</code></h3>${table(
    ['room', 'kind', 'players', '', ''],
    rows.map(
      ({ roomId, roomName, players, locked }) => html`
        <tr data-room=${roomId}>
          <td><code>${roomId}</code></td>
          <td>${roomName}</td>
          <td class="number">${players}</td>
          <td>${locked ? 'locked' : nothing}</td>
          <td>
            <div class="row">
              <button ?disabled=${others.length === 0} @click=${() => move(roomId, undefined)}>Move</button>
              ${others.map((to) => html`<button class="quiet" @click=${() => move(roomId, to)}>to ${to}</button>`)}
            </div>
          </td>
        </tr>
      `,
    ),
  )}`;
}

export interface SessionActions {
  kick(session: string): void;
  revoke(): void;
  block(days: number): void;
}

export function sessionTable(user: string, rows: readonly SessionRow[], act: SessionActions): TemplateResult {
  const list =
    rows.length === 0
      ? html`<p class="empty">${user} has no session.</p>`
      : table(
          ['session', 'name', 'room', 'kind', 'state', 'since', 'node', ''],
          rows.map(
            ({ id, name, roomId, roomName, state, joinedAt, nodeId }) => html`
              <tr data-session=${id}>
                <td><code>${id}</code></td>
                <td>${name}</td>
                <td><code>${roomId}</code></td>
                <td>${roomName}</td>
                <td>${state}</td>
                <td>${time(joinedAt)}</td>
                <td><code>${nodeId}</code></td>
                <td><button class="danger" @click=${() => act.kick(id)}>Kick</button></td>
              </tr>
            `,
          ),
        );
  return html`
    ${list}
    <div class="actions">
      <button class="danger" @click=${() => act.revoke()}>Revoke all tokens of ${user}</button>
      <button class="danger" @click=${() => act.block(1)}>Block ${user} for a day</button>
    </div>
  `;
}

export function auditTable(rows: readonly AuditRow[]): TemplateResult {
  if (rows.length === 0) return html`<p class="empty">Nothing since these nodes began.</p>`;
  return table(
    ['when', 'who', 'what', 'about', 'came of it', 'asked of'],
    rows.map(
      ({ at, admin, action, target, outcome, node }) => html`
        <tr>
          <td>${time(at)}</td>
          <td>${admin}</td>
          <td>${action}</td>
          <td>${target}</td>
          <td>${outcome}</td>
          <td><code>${node}</code></td>
        </tr>
      `,
    ),
  );
}

function table(heads: readonly string[], rows: readonly TemplateResult[]): TemplateResult {
  return html`
    <div class="scroll">
      <table>
        <thead>
          <tr>${heads.map((head) => (head === '' ? html`<td></td>` : html`<th scope="col">${head}</th>`))}</tr>
        </thead>
        <tbody>${rows}</tbody>
      </table>
    </div>
  `;
}

function time(at: number): string {
  return new Date(at).toLocaleString();
}
