import { css } from 'lit';

/**
 * Colours, type and shapes of all widgets. Each reads the page's custom property
 * first and falls back to a default that is legible (4.5:1 or better) on light
 * and on dark. Which of the two it is follows the `color-scheme` that the element
 * inherits; a page says `:root { color-scheme: light dark }` to follow the system,
 * or sets `--gatehouse-color-scheme` for the widgets alone.
 */
export const theme = css`
  :host {
    --_bg: var(--gatehouse-bg, light-dark(#ffffff, #171b21));
    --_fg: var(--gatehouse-fg, light-dark(#1b2129, #e6eaf0));
    --_muted: var(--gatehouse-muted, light-dark(#586271, #9aa6b5));
    --_border: var(--gatehouse-border, light-dark(#d5dbe3, #343c47));
    --_accent: var(--gatehouse-accent, light-dark(#2557c7, #8db4ff));
    --_good: var(--gatehouse-good, light-dark(#18794e, #4cc38a));
    --_warn: var(--gatehouse-warn, light-dark(#9a5b00, #f5b545));
    --_bad: var(--gatehouse-bad, light-dark(#c62a2f, #ff8b8b));
    --_radius: var(--gatehouse-radius, 8px);
    --_font: var(--gatehouse-font, 14px / 1.4 system-ui, sans-serif);

    color-scheme: var(--gatehouse-color-scheme, inherit);
    display: block;
    box-sizing: border-box;
    padding: 0.6em 0.8em;
    background: var(--_bg);
    color: var(--_fg);
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
    font: var(--_font);
  }

  :host([hidden]) {
    display: none;
  }

  *,
  ::before,
  ::after {
    box-sizing: border-box;
  }

  button,
  select {
    font: inherit;
    color: inherit;
    background: transparent;
    border: 1px solid var(--_border);
    border-radius: calc(var(--_radius) / 2);
    padding: 0.2em 0.7em;
    min-height: 2em;
  }

  select option {
    color: var(--_fg);
    background: var(--_bg);
  }

  button {
    cursor: pointer;
    border-color: var(--_accent);
    color: var(--_accent);
  }

  button:hover:enabled {
    background: color-mix(in srgb, var(--_accent) 12%, transparent);
  }

  button:disabled,
  select:disabled {
    cursor: default;
    opacity: 0.6;
  }

  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }

  .light {
    flex: none;
    display: inline-grid;
    place-items: center;
    width: 1.1em;
    height: 1.1em;
    border-radius: 50%;
    /* The sign inside says the same without colour, also where colours are forced. */
    font: bold 0.75em / 1 system-ui, sans-serif;
    color: var(--_bg);
    background: var(--_muted);
  }

  .light.good {
    background: var(--_good);
  }

  .light.warn {
    background: var(--_warn);
  }

  .light.bad {
    background: var(--_bad);
  }

  @media (forced-colors: active) {
    .light {
      border: 1px solid CanvasText;
      color: CanvasText;
      background: Canvas;
    }
  }

  .muted {
    color: var(--_muted);
  }

  .error {
    color: var(--_bad);
  }

  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
