/** What keeps letters and arrow keys for itself while it has the focus. */
const KEEPS_KEYS = 'input, textarea, select, [contenteditable], dialog, [role="list"], [role="log"]';

/** True while keys belong to a field, a list or a dialog and not to the world. Looks into widgets. */
export function keysAreTaken(): boolean {
  let focused = document.activeElement;
  while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  return focused !== null && focused.closest(KEEPS_KEYS) !== null;
}
