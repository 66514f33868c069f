/** What the document calls bodies of answers. */
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
