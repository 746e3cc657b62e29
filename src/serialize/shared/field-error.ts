/** A missing or mistyped value in metadata. */
export class FieldError extends Error {
  override name = 'FieldError';
  /** @param key of a file of any origin, so it is only named if it can be shown */
  constructor(key: string, wanted: string) {
    super(`${/^[A-Za-z0-9_]{1,40}$/.test(key) ? key : 'a key'} is not ${wanted}`);
  }
}
