export { Buyers, type Bought, type BuyersOptions, type Storm } from './buyers.js';
export { ShopRefusedError, ShopUnavailableError } from './errors.js';
export { HistoryRecorder, type Exchange, type Invocation } from './history-recorder.js';
export { HttpClient, type HttpRequest, type HttpResponse } from './http-client.js';
export { readLedger } from './read-ledger.js';
export { SaleAdmin, uniqueSaleId, type SaleAdminOptions, type SaleTerms } from './sale-admin.js';
export { StockSampler } from './stock-sampler.js';
export { adminToken, tokensOf } from './tokens.js';
