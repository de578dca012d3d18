import { type SchemaType, schema, t } from '@colyseus/schema';
import { z } from 'zod';
import { defineMethods } from '../../schema/index.ts';
import { fail, GameRoom, type Handlers } from '../../src/index.ts';

const DiceState = schema({ total: t.uint32().default(0), last: t.uint8().default(0) }, 'DiceState');
type DiceState = SchemaType<typeof DiceState>;

const diceMethods = defineMethods({
  'dice.roll': {
    summary: 'Rolls a die.',
    journal: true, // what was answered is not lost, though the node is killed
    params: z.strictObject({ sides: z.int().min(2).max(100).default(6) }),
    result: z.strictObject({ value: z.int() }),
    errors: ['LIMIT_REACHED'],
  },
});

export class DiceRoom extends GameRoom<DiceState, typeof diceMethods> {
  static override methods = diceMethods;
  override state = new DiceState();

  override handlers: Handlers<typeof diceMethods> = {
    'dice.roll': ({ sides }, { session }) => {
      if (this.state.total > 1_000) throw fail('LIMIT_REACHED');
      this.state.last = 1 + Math.floor(this.platform.random.number() * sides);
      this.state.total += this.state.last;
      this.platform.log.info({ session: session.id }, `${session.identity.name} rolled`);
      return { value: this.state.last };
    },
  };
}
