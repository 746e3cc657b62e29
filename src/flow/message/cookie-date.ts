const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Parses the date of a cookie, which servers write in many ways (RFC 6265 section 5.1.1).
 * @returns milliseconds since the epoch; undefined if browsers would ignore it
 */
export function parseCookieDate(text: string): number | undefined {
  let time: number[] | undefined;
  let day: number | undefined;
  let month: number | undefined;
  let year: number | undefined;
  for (const token of text.split(/[\t -/;-@[-`{-~]+/)) {
    const clock = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)/.exec(token);
    const digits = /^(\d{1,4})(?:\D|$)/.exec(token)?.[1];
    const named = MONTHS.indexOf(token.slice(0, 3).toLowerCase());
    if (clock && !time) time = clock.slice(1).map(Number);
    else if (digits !== undefined && digits.length <= 2 && day === undefined) day = Number(digits);
    else if (named >= 0 && month === undefined) month = named;
    else if (digits !== undefined && (digits.length === 2 || digits.length === 4) && year === undefined)
      year = Number(digits);
  }
  if (!time || day === undefined || month === undefined || year === undefined) return undefined;
  if (year < 100) year += year < 70 ? 2000 : 1900;
  const [hours, minutes, seconds] = time as [number, number, number];
  if (day < 1 || day > 31 || year < 1601 || hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return Date.UTC(year, month, day, hours, minutes, seconds);
}
