/** A certificate, key or CA file cannot be used. Thrown at start; the message says in one line which and why. */
export class TlsFilesError extends Error {
  override readonly name = 'TlsFilesError';
  /** Marks an operator's mistake, as opposed to a defect. */
  readonly code = 'ERR_TLS_FILES';
}
