import { describe, expect, it } from '@jest/globals';
import { runKills } from '@tools/kills';

/** `npm run kills` does more of it; its last long run is in tools/kills/RESULTS.md. */
const KILLS = 15;
const SEED = 1;

describe('the stand-in under load', () => {
  it(`loses nothing that it confirmed in ${KILLS} kills (seed: ${SEED})`, async () => {
    const { violations, confirmed } = await runKills({ kills: KILLS, seed: SEED });
    expect(violations).toEqual([]);
    expect(confirmed).toBeGreaterThan(KILLS);
  }, 300_000);
});
