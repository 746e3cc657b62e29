// Changes the query of URLs. Other parameters keep their bytes.
//   tsdump -s modify-query.ts
import type { HttpFlow } from 'tsdump';

export function requestHeaders({ request: { query } }: HttpFlow): void {
  for (const name of new Set(query.keys())) {
    if (name.startsWith('utm_')) query.delete(name);
  }
  if (query.has('page')) query.set('limit', '100');
}
