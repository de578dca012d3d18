import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import type { ConnectionStatus } from '../status.ts';
import { signs, viewConnection } from './connection-view.ts';
import { theme } from './theme.ts';

/** What the widget needs of a RoomConnection. */
export interface ConnectionLike {
  readonly status: ConnectionStatus;
  on(event: 'status', listener: (status: ConnectionStatus) => void): () => void;
  on(event: 'roundTrip', listener: (ms: number) => void): () => void;
  reconnectNow(): void;
}

/**
 * `<gatehouse-connection>`: how the connection is, in a light, a word and a number.
 *
 * Property `connection`: a RoomConnection; while it is unset the widget says Offline.
 *
 * Event `gatehouse-rejoin` (bubbles, composed): the player pressed the button of a
 * failed connection. The page joins again and sets the new `connection`.
 *
 * Theme, by CSS custom properties: `--gatehouse-bg`, `--gatehouse-fg`,
 * `--gatehouse-muted`, `--gatehouse-border`, `--gatehouse-accent`,
 * `--gatehouse-good`, `--gatehouse-warn`, `--gatehouse-bad` (colours),
 * `--gatehouse-radius` (length), `--gatehouse-font` (a `font` shorthand),
 * `--gatehouse-color-scheme` (`light`, `dark` or `light dark`; default: the page's).
 */
export class GatehouseConnection extends LitElement {
  static override properties = { connection: { attribute: false } };

  static override styles = [
    theme,
    css`
      .row {
        display: flex;
        align-items: center;
        gap: 0.6em;
        min-height: 2em;
      }
      .word {
        font-weight: 600;
      }
      .detail {
        font-variant-numeric: tabular-nums;
      }
      button {
        margin-inline-start: auto;
      }
      p {
        margin: 0.3em 0 0;
      }
      @keyframes breathe {
        50% {
          opacity: 0.35;
        }
      }
      @media (prefers-reduced-motion: no-preference) {
        .light.warn {
          animation: breathe 1.6s ease-in-out infinite;
        }
      }
    `,
  ];

  // `declare`: a real field would hide the accessor that Lit makes.
  declare connection: ConnectionLike | undefined;

  #unsubscribe: (() => void) | null = null;
  #countdown: ReturnType<typeof setInterval> | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#subscribe();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#count(false);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('connection')) this.#subscribe();
    this.#count(this.isConnected && this.connection?.status.state === 'reconnecting');
  }

  protected override render(): unknown {
    const view = viewConnection(this.connection?.status, Date.now());
    return html`
      <div class="row" part="row">
        <span class="light ${view.tone}" part="light" aria-hidden="true">${signs[view.tone]}</span>
        <span role="status" aria-live="polite">
          <span class="word" part="word">${view.word}</span>
          <span class="visually-hidden">${view.sentence}</span>
        </span>
        <span class="detail muted" part="detail">${view.detail}</span>
        ${view.action === null ? nothing : html`<button part="button" type="button" @click=${this.#act}>Reconnect</button>`}
      </div>
      ${view.sentence === '' ? nothing : html`<p class="muted" part="sentence" aria-hidden="true">${view.sentence}</p>`}
    `;
  }

  #act = (): void => {
    if (this.connection?.status.state === 'reconnecting') this.connection.reconnectNow();
    else this.dispatchEvent(new CustomEvent('gatehouse-rejoin', { bubbles: true, composed: true }));
  };

  #subscribe(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    const { connection } = this;
    if (connection === undefined || !this.isConnected) return;
    const update = (): void => this.requestUpdate();
    const ends = [connection.on('status', update), connection.on('roundTrip', update)];
    this.#unsubscribe = () => {
      for (const end of ends) end();
    };
    update();
  }

  /** Renders while seconds are being counted, and only then. */
  #count(on: boolean): void {
    if (on && this.#countdown === null) this.#countdown = setInterval(() => this.requestUpdate(), 500);
    if (on || this.#countdown === null) return;
    clearInterval(this.#countdown);
    this.#countdown = null;
  }
}
