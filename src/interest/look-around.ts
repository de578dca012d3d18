import type { Grid, Place } from './Grid.ts';
import type { Marks } from './Marks.ts';
import type { Nearest } from './Nearest.ts';

/** What a look is made with and by. */
export interface Look {
  readonly grid: Grid;
  /** Who is in sight until now. */
  readonly marks: Marks;
  /** Who is from now on. Scores are squared distances, made smaller for those in `marks`. */
  readonly nearest: Nearest;
  readonly enter: number;
  readonly leave: number;
  readonly favour: number;
}

/**
 * Fills `nearest` with whom `eyes` see. Goes outwards ring by ring of cells, and no further than where somebody could
 * still be among the nearest: in a crowd that is not far. `own` is the slot of the eyes, or −1.
 */
export function lookAround(look: Look, eyes: Place, own: number): void {
  const { cell } = look.grid;
  look.grid.assertPlace(eyes.x, eyes.y);
  look.nearest.clear();
  const column = Math.floor(eyes.x / cell);
  const row = Math.floor(eyes.y / cell);
  const rings = Math.ceil(look.leave / cell);
  for (let ring = 0; ring <= rings; ring++) {
    // The eyes are within the middle cell, so no point of this ring is nearer than the rings between.
    const between = Math.max(0, ring - 1) * cell;
    const reach = Math.min(look.leave * look.leave, look.nearest.bound / (look.favour * look.favour));
    if (between * between > reach) return;
    for (let down = -ring; down <= ring; down++) {
      const off = Math.max((row + down) * cell - eyes.y, eyes.y - (row + down + 1) * cell, 0);
      // Between its first and its last row a ring has only the ends.
      const step = Math.abs(down) === ring ? 1 : 2 * ring;
      for (let along = -ring; along <= ring; along += step) {
        const aside = Math.max((column + along) * cell - eyes.x, eyes.x - (column + along + 1) * cell, 0);
        if (aside * aside + off * off <= reach) offerCell(look, eyes, own, column + along, row + down);
      }
    }
  }
}

function offerCell(look: Look, eyes: Place, own: number, column: number, row: number): void {
  const { grid, marks, nearest, favour } = look;
  const { slots, x, y, columns, rows } = grid;
  const entering = look.enter * look.enter;
  const leaving = look.leave * look.leave;
  const bucket = grid.bucket(column, row);
  const end = grid.end(bucket);
  const ex = eyes.x;
  const ey = eyes.y;
  for (let at = grid.start(bucket); at < end; at++) {
    const dx = x[at]! - ex;
    const dy = y[at]! - ey;
    const squared = dx * dx + dy * dy;
    // Another cell of this bucket has, or had, its own turn.
    if (squared > leaving || columns[at] !== column || rows[at] !== row) continue;
    const slot = slots[at]!;
    if (slot === own) continue;
    if (marks.has(slot)) nearest.offer(slot, squared * favour * favour);
    else if (squared <= entering) nearest.offer(slot, squared);
  }
}
