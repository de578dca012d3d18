/** Registers the widgets. Importing it twice, or in two bundles of one page, is fine. */
import { GatehouseConnection } from './gatehouse-connection.ts';
import { GatehouseOnlineList } from './gatehouse-online-list.ts';

export type { ConnectionLike } from './gatehouse-connection.ts';
export type { LobbyLike } from './gatehouse-online-list.ts';
export { GatehouseConnection, GatehouseOnlineList };

declare global {
  interface HTMLElementTagNameMap {
    'gatehouse-connection': GatehouseConnection;
    'gatehouse-online-list': GatehouseOnlineList;
  }
}

const elements = {
  'gatehouse-connection': GatehouseConnection,
  'gatehouse-online-list': GatehouseOnlineList,
};

for (const [tag, element] of Object.entries(elements)) {
  // The registry refuses a tag that is taken, and another bundle's copy is as good.
  if (customElements.get(tag) === undefined) customElements.define(tag, element);
}
