/** Names of response bodies in the document. */
export type SchemaName =
  | 'Problem'
  | 'ProblemType'
  | 'ProblemTypes'
  | 'Reservation'
  | 'Pending'
  | 'Purchase'
  | 'PurchaseList'
  | 'Sale'
  | 'AdminSale'
  | 'Books'
  | 'Gateways'
  | 'Live'
  | 'Ready'
  | 'NotReady';
