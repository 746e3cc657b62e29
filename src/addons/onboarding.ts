import type { HttpFlow } from '../flow/flow.js';
import type { Addon } from '../flow/hooks/hooks.js';
import { HttpResponse } from '../flow/http/http-response.js';
import { asciiHost, hostKey } from '../flow/text/host-name.js';
import { onboardingPage } from './onboarding-page.js';

/** The CA certificate in the formats that clients accept. */
export interface CertificateForms {
  pem: string;
  p12: () => Promise<Buffer>;
}

/**
 * Serves the CA certificate at a magic host name, so that a device can install it through the proxy with only a browser.
 */
export class Onboarding implements Addon {
  readonly name = 'onboarding';
  private readonly host: string;

  constructor(
    host: string,
    private readonly forms: CertificateForms,
  ) {
    this.host = hostKey(asciiHost(host) ?? host);
  }

  /** Not async, so that other requests cost no promise. */
  requestHeaders(flow: HttpFlow): undefined | Promise<void> {
    const { host } = flow.request;
    const more = host.length - this.host.length;
    if ((more !== 0 && more !== 1) || hostKey(host) !== this.host) return undefined;
    return this.answer(flow);
  }

  private async answer(flow: HttpFlow): Promise<void> {
    const path = flow.request.path.split(/[?#]/, 1)[0]!;
    flow.response = await this.respond(path);
  }

  private async respond(path: string): Promise<HttpResponse> {
    switch (path) {
      case '/':
        return HttpResponse.make(200, onboardingPage(this.host), { 'Content-Type': 'text/html; charset=utf-8' });
      case '/cert/pem':
        return download(this.forms.pem, 'tsdump-ca-cert.pem', 'application/x-x509-ca-cert');
      case '/cert/cer':
        return download(this.forms.pem, 'tsdump-ca-cert.cer', 'application/x-x509-ca-cert');
      case '/cert/p12':
        return download(await this.forms.p12(), 'tsdump-ca-cert.p12', 'application/x-pkcs12');
      default:
        return HttpResponse.make(404, `Not found. The certificates are at http://${this.host}/\n`, {
          'Content-Type': 'text/plain; charset=utf-8',
        });
    }
  }
}

function download(content: Buffer | string, file: string, type: string): HttpResponse {
  return HttpResponse.make(200, content, {
    'Content-Type': type,
    'Content-Disposition': `attachment; filename="${file}"`,
    'Cache-Control': 'no-store',
  });
}
