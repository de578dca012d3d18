import { z } from 'zod';
import { defineMethods } from '../../schema/index.ts';
import { GameRoom } from '../../src/index.ts';

/** What the service serves and what it sends: the room checks both, and the OpenRPC document names them. */
export const shopMethods = defineMethods({
  'shop.price': {
    summary: 'What a thing costs.',
    params: z.strictObject({ item: z.string().max(32) }),
    result: z.strictObject({ price: z.int() }),
    errors: ['NOT_FOUND'],
    timeoutMs: 2_000,
  },
});

export class ShopRoom extends GameRoom<object, typeof shopMethods> {
  static override methods = shopMethods;
  // Beside handlers of the room's own: { ...own, ...this.platform.services.handlers(shopMethods) }.
  override handlers = this.platform.services.handlers(shopMethods);
}
