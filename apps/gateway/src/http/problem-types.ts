/** What a type of problem means. */
export interface ProblemType {
  status: number;
  /** The same for every occurrence (RFC 9457, section 3.1.4). */
  title: string;
  /** What a client should do about it. */
  advice: string;
}

/** Every problem of this gateway, by the last segment of its type. */
export const problemTypes = {
  'sold-out': {
    status: 409,
    title: 'Sold out',
    advice:
      'Fewer units were left than you asked for. This request is decided; send a new one for fewer units.',
  },
  'limit-reached': {
    status: 409,
    title: 'Limit reached',
    advice: 'This request would exceed your limit in this sale. See existingRequestId, if given.',
  },
  'not-started': {
    status: 409,
    title: 'Not started',
    advice:
      'The sale is not open yet. Without decidedAt nothing was stored: repeat with the same key once it is open.',
  },
  ended: { status: 409, title: 'Ended', advice: 'The sale is over.' },
  lapsed: {
    status: 409,
    title: 'Lapsed',
    advice:
      'The request was not decided in time and never will be. Send a new one with another Idempotency-Key.',
  },
  'total-too-low': {
    status: 409,
    title: 'Total too low',
    advice: 'More units are reserved and sold than the new total. Set a higher total.',
  },
  'opens-at-frozen': {
    status: 409,
    title: 'Opening is frozen',
    advice: 'The sale has opened: repeat the change with its present opensAt.',
  },
  'limit-lowered': {
    status: 409,
    title: 'Limit lowered',
    advice: 'The sale has opened: its limit per user can only be raised.',
  },
  'being-purged': {
    status: 409,
    title: 'Being purged',
    advice: 'The sale is over and its outcomes are being deleted. Use another sale id.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency key reused',
    advice: 'This key was used with another body before. Use a new key for a new request.',
  },
  'invalid-request': {
    status: 400,
    title: 'Invalid request',
    advice: 'Correct the fields that errors names. The same request fails again.',
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
    advice: 'It does not exist, or you may not see it.',
  },
  'precondition-failed': {
    status: 412,
    title: 'Precondition failed',
    advice:
      'The sale has another version than If-Match or If-None-Match requires. Read it again, then repeat the change.',
  },
  'payload-too-large': { status: 413, title: 'Payload too large', advice: 'Send a smaller body.' },
  'uri-too-long': { status: 414, title: 'URI too long', advice: 'No id is that long: correct the address.' },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    advice: 'Send JSON: Content-Type: application/json.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    advice: 'A defect of the server. You may repeat the request with the same Idempotency-Key.',
  },
  unavailable: {
    status: 503,
    title: 'Unavailable',
    advice: 'The purchase was not sent. Repeat it after Retry-After seconds, with the same Idempotency-Key.',
  },
} as const satisfies Record<string, ProblemType>;

/** The last segment of a problem's type. */
export type ProblemName = keyof typeof problemTypes;

/** Whether a word names a type of problem. */
export const isProblemName = (word: string): word is ProblemName => Object.hasOwn(problemTypes, word);
