import { oneLine } from '../../../flow/text/quote.js';

/** Bytes that are not valid JSON. */
export class JsonError extends Error {
  override name = 'JsonError';
  constructor(
    message: string,
    /** True if the only problem is that the input ends inside a value. */
    readonly cutOff = false,
  ) {
    super(message);
  }
}

/** @throws JsonError */
export function parseJson(text: string, reviver?: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch (error) {
    // The message quotes the text around the damage.
    throw new JsonError(oneLine((error as Error).message, 200));
  }
}
