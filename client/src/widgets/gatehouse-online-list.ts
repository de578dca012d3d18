import {
  type ChosenStatus,
  type ClientMethods,
  ChosenStatus as chosenStatus,
  type ServerMethods,
  type UserPresence,
} from '@gatehouse/schema';
import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import { GatehouseError } from '../errors.ts';
import type { RpcPeer } from '../rpc-peer.ts';
import type { ConnectionStatus } from '../status.ts';
import { signs } from './connection-view.ts';
import { MAX_ROWS, type UserRow, type UsersLike, viewOnlineList } from './online-list-view.ts';
import { theme } from './theme.ts';

/** What the widget needs of a RoomConnection to the lobby. */
export interface LobbyLike {
  readonly status: ConnectionStatus;
  readonly room: {
    readonly state:
      | { readonly users?: UsersLike & { get(userId: string): { status: string } | undefined } }
      | undefined;
    readonly onStateChange: { (listener: () => void): unknown; remove(listener: () => void): void };
  };
  readonly rpc: Pick<RpcPeer<ServerMethods, ClientMethods>, 'call'>;
  on(event: 'status', listener: (status: ConnectionStatus) => void): () => void;
}

/** At most four renders a second, however fast the state changes. */
const RENDER_EVERY_MS = 250;
/** How often "2 min ago" is brought up to date when nothing else happens. */
const AGE_EVERY_MS = 30_000;

/**
 * `<gatehouse-online-list>`: who is here, from the state of the lobby.
 *
 * Property `lobby`: a RoomConnection to the lobby room; while it is unset the widget
 * says so. Attribute `self-id`: the user's own id; with it they can choose how they
 * are seen.
 *
 * Theme: the custom properties of `<gatehouse-connection>`, and
 * `--gatehouse-list-height` (a length, default 20em) for where the list scrolls.
 */
export class GatehouseOnlineList extends LitElement {
  static override properties = {
    lobby: { attribute: false },
    selfId: { attribute: 'self-id' },
    _listed: { state: true },
    _updatedAt: { state: true },
    _busy: { state: true },
    _error: { state: true },
    _chosen: { state: true },
  };

  static override styles = [
    theme,
    css`
      .header {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.4em 0.8em;
      }
      .header button {
        margin-inline-start: auto;
      }
      h2 {
        margin: 0;
        font: inherit;
        font-weight: 600;
      }
      p {
        margin: 0.5em 0 0;
      }
      ul {
        margin: 0.5em 0 0;
        padding: 0;
        list-style: none;
        max-height: var(--gatehouse-list-height, 20em);
        overflow-y: auto;
      }
      li {
        display: flex;
        align-items: center;
        gap: 0.6em;
        padding: 0.25em 0;
      }
      .name {
        flex: 1 1 0;
        min-width: 4em;
        /* A long name must not make the whole widget as wide as itself. */
        contain: inline-size;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .detail {
        white-space: nowrap;
      }
    `,
  ];

  declare lobby: LobbyLike | undefined;
  declare selfId: string | undefined;
  declare _listed: readonly UserPresence[];
  declare _updatedAt: number | null;
  declare _busy: 'list' | 'status' | null;
  declare _error: string;
  /** What the user chose, until the lobby says what became of it. */
  declare _chosen: string | null;

  #unsubscribe: (() => void) | null = null;
  #soon: ReturnType<typeof setTimeout> | null = null;
  #ownStatus: string | undefined;
  /** A join resolves before the first state is there: until then an empty map says nothing. */
  #stateCame = false;

  constructor() {
    super();
    this._listed = [];
    this._updatedAt = null;
    this._busy = null;
    this._error = '';
    this._chosen = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#subscribe();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe?.();
    this.#unsubscribe = null;
  }

  protected override willUpdate(changed: PropertyValues): void {
    const own = this.lobby?.room.state?.users?.get(this.selfId ?? '')?.status;
    if (own !== this.#ownStatus || changed.has('lobby')) this._chosen = null;
    this.#ownStatus = own;
    if (!changed.has('lobby')) return;
    this._listed = [];
    this._updatedAt = null;
    this._busy = null;
    this._error = '';
    this.#stateCame = false;
    this.#subscribe();
  }

  protected override render(): unknown {
    const online = this.lobby?.status.state === 'online';
    return html`
      <div class="header" part="header">
        <h2 id="title">Players</h2>
        ${this.selfId && this.lobby ? this.#renderOwnStatus(online) : nothing}
        <button part="button" type="button" ?disabled=${!online || this._busy !== null} @click=${this.#refresh}>
          ${this._busy === 'list' ? 'Refreshing…' : 'Refresh'}
        </button>
      </div>
      ${this._error === '' ? nothing : html`<p class="error" part="error" role="alert">${this._error}</p>`}
      ${this.#renderBody(online)}
      <p class="muted" part="updated" aria-live="polite">
        ${this._updatedAt === null ? nothing : html`Updated at ${new Date(this._updatedAt).toLocaleTimeString()}`}
      </p>
    `;
  }

  #renderBody(online: boolean): unknown {
    const { lobby } = this;
    if (lobby === undefined) return html`<p class="muted" part="empty">Not connected to the lobby.</p>`;
    const { rows, more } = viewOnlineList(lobby.room.state?.users, this._listed, Date.now());
    if (rows.length === 0 && !this.#stateCame) {
      return html`<p class="muted" part="loading" role="status">Loading…</p>`;
    }
    if (rows.length === 0) return html`<p class="muted" part="empty">Nobody is here yet.</p>`;
    return html`
      ${online ? nothing : html`<p class="muted" role="status">Not connected. The list may be out of date.</p>`}
      <ul part="list" role="list" tabindex="0" aria-labelledby="title">
        ${repeat(
          rows,
          (row) => row.userId,
          (row) => this.#renderRow(row),
        )}
      </ul>
      ${more > 0 ? html`<p class="muted" part="more">and ${more} more</p>` : nothing}
    `;
  }

  #renderRow(row: UserRow): unknown {
    return html`
      <li part="row">
        <span class="light ${row.tone}" part="light" aria-hidden="true">${signs[row.tone]}</span>
        <span class="name" part="name" title=${row.name}><bdi>${row.name}</bdi>${row.userId === this.selfId ? ' (you)' : nothing}</span>
        <span class="muted">${row.word}</span>
        <span class="detail muted">${row.detail}</span>
      </li>
    `;
  }

  #renderOwnStatus(online: boolean): unknown {
    const shown = this._chosen ?? this.#ownStatus;
    return html`
      <label>
        <span class="visually-hidden">Your status</span>
        <select part="select" ?disabled=${!online || this._busy !== null} @change=${this.#choose}>
          ${chosenStatus.options.map(
            (status) =>
              // `live`: the user changes the selection behind the back of the template.
              html`<option value=${status} .selected=${live(status === shown)}>${capital(status)}</option>`,
          )}
        </select>
      </label>
    `;
  }

  #refresh = (): Promise<void> =>
    this.#run('list', async (rpc) => {
      const listed: UserPresence[] = [];
      let after: string | undefined;
      do {
        const page = await rpc.call('presence.list', after === undefined ? { limit: 100 } : { limit: 100, after });
        listed.push(...page.users);
        after = page.next ?? undefined;
      } while (after !== undefined && listed.length < MAX_ROWS);
      return () => {
        // Whom the state holds, it keeps up to date; only the others are worth keeping.
        const users = this.lobby?.room.state?.users;
        this._listed = listed.filter(({ userId }) => users?.get(userId) === undefined);
        this._updatedAt = Date.now();
      };
    });

  #choose = (event: Event): Promise<void> => {
    const status = (event.target as HTMLSelectElement).value as ChosenStatus;
    this._chosen = status;
    return this.#run('status', async (rpc) => {
      await rpc.call('player.setStatus', { status });
      return () => {};
    });
  };

  /** Runs one call of the player's, shows what went wrong, and forgets it when the lobby was changed meanwhile. */
  async #run(what: 'list' | 'status', call: (rpc: LobbyLike['rpc']) => Promise<() => void>): Promise<void> {
    const { lobby } = this;
    if (lobby === undefined || this._busy !== null) return;
    this._busy = what;
    this._error = '';
    try {
      const apply = await call(lobby.rpc);
      if (this.lobby === lobby) apply();
    } catch (error) {
      const sentence = error instanceof GatehouseError ? error.sentence : 'Something went wrong.';
      if (this.lobby === lobby) {
        this._error = sentence;
        this._chosen = null;
      }
    }
    if (this.lobby === lobby) this._busy = null;
  }

  #subscribe(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    const { lobby } = this;
    if (lobby === undefined || !this.isConnected) return;
    const onChange = (): void => this.#renderSoon();
    const onState = (): void => {
      this.#stateCame = true;
      onChange();
    };
    const { onStateChange } = lobby.room;
    onStateChange(onState);
    const offStatus = lobby.on('status', onChange);
    const aging = setInterval(onChange, AGE_EVERY_MS);
    this.#unsubscribe = () => {
      onStateChange.remove(onState);
      offStatus();
      clearInterval(aging);
      if (this.#soon !== null) clearTimeout(this.#soon);
      this.#soon = null;
    };
    this.requestUpdate();
  }

  #renderSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      this.requestUpdate();
    }, RENDER_EVERY_MS);
  }
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
