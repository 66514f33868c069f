/** A certificate, key or CA file cannot be used. Thrown at start; the message is one line that says which and why. */
export class TlsFilesError extends Error {
  override readonly name = 'TlsFilesError';
  /** Tells an operator's mistake from a defect. */
  readonly code = 'ERR_TLS_FILES';
}
