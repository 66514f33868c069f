/** What a type of problem means. */
export interface ProblemType {
  status: number;
  /** The same for every occurrence (RFC 9457, section 3.1.4). */
  title: string;
  /** What a client should do about it. */
  advice: string;
}

/** Every problem that this gateway answers with, by the last segment of its type. */
export const problemTypes = {
  'sold-out': {
    status: 409,
    title: 'Sold out',
    advice: 'Fewer units were left than asked for. The request is decided; a new one may ask for fewer.',
  },
  'limit-reached': {
    status: 409,
    title: 'Limit reached',
    advice: 'With this request you would have more than the sale allows. See existingRequestId, if given.',
  },
  'not-started': {
    status: 409,
    title: 'Not started',
    advice:
      'The sale is not open yet. Without decidedAt nothing was stored: repeat once it is, with the same key.',
  },
  ended: { status: 409, title: 'Ended', advice: 'The sale is over.' },
  lapsed: {
    status: 409,
    title: 'Lapsed',
    advice: 'The request was not decided in time and never will be. Ask again with another Idempotency-Key.',
  },
  'total-too-low': {
    status: 409,
    title: 'Total too low',
    advice: 'More units are reserved and sold than the new total holds. Ask for a higher one.',
  },
  'opens-at-frozen': {
    status: 409,
    title: 'Opening is frozen',
    advice: 'The sale has opened: repeat the change with the opensAt that it has.',
  },
  'limit-lowered': {
    status: 409,
    title: 'Limit lowered',
    advice: 'The sale has opened: its limit per user can only be raised.',
  },
  'being-purged': {
    status: 409,
    title: 'Being purged',
    advice: 'The sale is over and its outcomes are being deleted. Sell under another id.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency key reused',
    advice: 'The key came with another body before. Use a new key for a new request.',
  },
  'invalid-request': {
    status: 400,
    title: 'Invalid request',
    advice: 'Mend what errors names; repeating it as it is does not help.',
  },
  unauthorized: {
    status: 401,
    title: 'Unauthorized',
    advice: 'Send a valid token: Authorization: Bearer <JWT>.',
  },
  'insufficient-scope': {
    status: 403,
    title: 'Insufficient scope',
    advice: 'The token lacks the scope that WWW-Authenticate names.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    advice: 'There is no such thing, or it is not yours to see.',
  },
  'precondition-failed': {
    status: 412,
    title: 'Precondition failed',
    advice: 'The sale is not what If-Match or If-None-Match says. Read it again, then decide anew.',
  },
  'payload-too-large': { status: 413, title: 'Payload too large', advice: 'Send a smaller body.' },
  'uri-too-long': { status: 414, title: 'URI too long', advice: 'No id is that long: mend the address.' },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    advice: 'Send JSON: Content-Type: application/json.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    advice: 'A defect of the server. Repeating the request with the same Idempotency-Key is safe.',
  },
  unavailable: {
    status: 503,
    title: 'Unavailable',
    advice:
      'A purchase was certainly not sent. Repeat it after Retry-After seconds, with the same Idempotency-Key.',
  },
} as const satisfies Record<string, ProblemType>;

/** The last segment of a problem's type. */
export type ProblemName = keyof typeof problemTypes;

/** Whether a word names a type of problem. */
export const isProblemName = (word: string): word is ProblemName => Object.hasOwn(problemTypes, word);
