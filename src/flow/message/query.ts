import { percentEncode } from '../text/percent.js';
import { Urlencoded } from './urlencoded.js';

/** The owner of a path, which may have a query. */
export interface PathOwner {
  path: string;
}

/**
 * A live view of the parameters of a query: `get`, `getAll`, `has`, `set`, `append`, `delete`, `rewrite`, `replace` and
 * iteration over names and values. `+` and `%20` are read as a space; new values are percent-encoded.
 *
 * @example
 * flow.request.query.set('page', '2'); // /list?q=a+b&page=1 becomes /list?q=a+b&page=2
 */
export class Query extends Urlencoded {
  constructor(private readonly owner: PathOwner) {
    super();
  }

  protected read(): string | undefined {
    const { path } = this.owner;
    const mark = path.indexOf('?');
    return mark < 0 ? undefined : path.slice(mark + 1);
  }

  protected write(text: string | undefined): void {
    const { path } = this.owner;
    const mark = path.indexOf('?');
    const base = mark < 0 ? path : path.slice(0, mark);
    if (base === '' || base === '*') throw new TypeError('The target of this request has no query');
    this.owner.path = text === undefined ? base : `${base}?${text}`;
  }

  protected encode(text: string): string {
    return percentEncode(text);
  }
}
