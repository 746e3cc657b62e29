// Changes forms on their way to a server. Other fields keep their bytes.
//   tsdump -s modify-form.ts
import type { HttpFlow } from 'tsdump';

export const filter = '~m POST & ~hq "application/x-www-form-urlencoded"';

export async function request({ request }: HttpFlow): Promise<void> {
  const form = await request.form();
  form.set('lang', 'en');
  if (form.has('password')) form.set('password', 'secret');
}
