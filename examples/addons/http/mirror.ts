// The internet in a mirror: flips web pages.
//   tsdump -s mirror.ts
import type { HttpFlow } from 'tsdump';

// Only matching responses are held. Everything else streams.
export const filter = '~ts "text/html"';

const STYLE = '<style>body { transform: scaleX(-1); }</style>';

export async function response({ response }: HttpFlow): Promise<void> {
  const page = await response!.body.text();
  response!.body.setText(page.replace('</head>', `${STYLE}</head>`));
}
