/** Something in the metadata is missing or of the wrong type. */
export class FieldError extends Error {
  override name = 'FieldError';
  constructor(key: string, wanted: string) {
    super(`${key} is not ${wanted}`);
  }
}
