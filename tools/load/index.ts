export { Buyers, type Bought, type BuyersOptions, type Storm, type Whose } from './buyers.js';
export { ShopRefusedError, ShopUnavailableError } from './errors.js';
export { HistoryRecorder, type Exchange, type Invocation } from './history-recorder.js';
export { HttpClient, type HttpRequest, type HttpResponse } from './http-client.js';
export { Latencies, type Octave } from './latencies.js';
export { ledgerAsTold } from './ledger-as-told.js';
export { readLedger } from './read-ledger.js';
export {
  SaleAdmin,
  uniqueSaleId,
  type SaleAdminOptions,
  type SaleBooks,
  type SaleTerms,
} from './sale-admin.js';
export { StockSampler } from './stock-sampler.js';
export { tally, type Tally } from './tally.js';
export { adminToken, tokensOf } from './tokens.js';
