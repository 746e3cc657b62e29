/** Types whose content is never text. */
const BINARY =
  /^\s*(?:image\/(?!svg)|audio\/|video\/|font\/|application\/(?:octet-stream|zip|x-zip|gzip|x-gzip|pdf|wasm|x-?protobuf|protobuf|grpc|font|x-font|vnd\.ms-fontobject|x-shockwave-flash|(?:x-|vnd\.)?msgpack))/i;

/** Whether content of this type is no text. */
export function isBinaryType(mimeType: string | undefined): boolean {
  return BINARY.test(mimeType ?? '');
}

/**
 * Whether a text stands for bytes, a character each (latin1): some programs write binary content so, without an `encoding`.
 * UTF-8 would make other characters of such bytes, text has no NUL.
 */
export function isBinaryText(text: string, mimeType: string | undefined): boolean {
  if (!/[\x80-\xff]/.test(text) || /[^\0-\xff]/.test(text)) return false;
  return isBinaryType(mimeType) || (text.includes('\0') && !/^\s*text\//i.test(mimeType ?? ''));
}
