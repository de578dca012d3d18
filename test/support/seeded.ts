export { Seeded } from './seeded-random.ts';

/** The seed of this run. Printed; `SEED=… npx vitest run …` repeats a run. */
export const seed: number = seedOfRun();

function seedOfRun(): number {
  const given = Number.parseInt(process.env.SEED ?? '', 10);
  const chosen = Number.isSafeInteger(given) ? given : Math.floor(Math.random() * 0x7fff_ffff);
  console.log(`SEED=${chosen}`);
  return chosen;
}
