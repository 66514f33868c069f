import type { Ledger } from '@tools/checker';
import { waitFor } from '@seckill/clock';
import { CannotStartError } from '@seckill/embedded';
import {
  type Buyers,
  ledgerAsTold,
  readLedger,
  type SaleAdmin,
  ShopUnavailableError,
  StockSampler,
  type Whose,
} from '@tools/load';

/** What the answers of a sale are compared with. */
export interface Evidence {
  readonly ledger: Ledger;
  /** Where it comes from, as the end of a sentence. */
  readonly source: string;
  /** What does not add up by itself, in words. */
  readonly gaps: readonly string[];
}

/** Collects what the shop has stored. */
export interface Witness {
  /**
   * @param whose all buyers who came
   * @throws Error when not everything could be read
   */
  testify(whose: readonly Whose[]): Promise<Evidence>;
  /** Ends what it has open. */
  close(): Promise<void>;
}

/** A database that is being started again is waited for this long. */
const withinMs = 30_000;

/**
 * Reads the ledger's rows, and looks at the stock while the sale runs.
 *
 * @throws CannotStartError when that database does not hold these sales
 */
export async function witnessDatabase(url: string, saleIds: readonly string[]): Promise<Witness> {
  const { sales } = await patiently(() => readLedger(url, saleIds));
  if (sales.length < saleIds.length)
    throw new CannotStartError(
      'The ledger at DATABASE_URL does not hold the sale that the gateway has opened.',
      'Set DATABASE_URL to the ledger of these gateways, or unset it.',
    );
  const sampler = new StockSampler(url, saleIds);
  return {
    testify: async () => {
      const samples = await sampler.stop();
      const ledger = await patiently(() => readLedger(url, saleIds));
      const looks = `${samples.length.toLocaleString('en-US')} looks at the stock meanwhile`;
      return {
        ledger: { ...ledger, samples },
        source: `the ledger's rows, read from Postgres in one snapshot, and ${looks}`,
        gaps: [],
      };
    },
    close: async () => void (await sampler.stop()),
  };
}

/** Asks the gateways: for the books of each sale, and for the purchases of each buyer. */
export function witnessGateways(admin: SaleAdmin, buyers: Buyers, saleIds: readonly string[]): Witness {
  return {
    testify: async (whose) => {
      const lists = await buyers.listAll(whose, { deadlineMs: withinMs });
      if (lists.some((list) => list === 'unknown' || list.status !== 200))
        throw new ShopUnavailableError("read every buyer's purchases", withinMs);
      const books = await Promise.all(saleIds.map((saleId) => admin.books(saleId)));
      return {
        ...ledgerAsTold(books, whose, lists),
        source:
          "the gateways' answers about the books and every buyer's purchases (the database cannot be reached, so the stock during the sale was not checked)",
      };
    },
    close: () => Promise.resolve(),
  };
}

function patiently<T>(read: () => Promise<T>): Promise<T> {
  return waitFor('reading the ledger', read, { timeoutMs: withinMs, everyMs: 500 });
}
