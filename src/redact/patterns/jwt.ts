/** Members of a header (RFC 7515 section 4.1) and a payload (RFC 7519 section 4.1) that are not secret. */
const HEADER = ['alg', 'enc', 'typ', 'cty', 'kid'];
const TIMES = ['exp', 'nbf', 'iat', 'auth_time'];

/**
 * A JWT reduced to its algorithm and times, with a placeholder instead of the signature.
 * @returns undefined if the text is not a JWT
 */
export function readableJwt(text: string, placeholder: string): string | undefined {
  if (!text.startsWith('eyJ')) return undefined;
  const parts = text.split('.');
  const header = parts.length < 3 ? undefined : decoded(parts[0]!);
  if (!header) return undefined;
  const payload = decoded(parts[1]!) ?? {};
  return `${encoded(header, HEADER)}.${encoded(payload, TIMES)}.${placeholder}`;
}

function decoded(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps only short words and numbers. */
function encoded(value: Record<string, unknown>, members: readonly string[]): string {
  const kept = members
    .filter((member) => typeof value[member] === 'number' || /^[\w.:+/-]{1,64}$/.test(String(value[member] ?? '')))
    .map((member) => [member, value[member]]);
  return Buffer.from(JSON.stringify(Object.fromEntries(kept))).toString('base64url');
}
