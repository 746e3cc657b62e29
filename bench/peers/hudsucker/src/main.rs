//! A recording proxy on hudsucker: HTTP and intercepted HTTPS, a line of JSON for each exchange.
//!
//!     recorder PORT CAPTURE CA_CERTIFICATE CA_KEY

use http_body_util::BodyExt;
use hudsucker::{
    certificate_authority::RcgenAuthority,
    hyper::{http::HeaderMap, Request, Response},
    rcgen::{Issuer, KeyPair},
    rustls::{
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::{aws_lc_rs, CryptoProvider},
        pki_types::{CertificateDer, ServerName, UnixTime},
        ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    },
    Body, HttpContext, HttpHandler, Proxy, RequestOrResponse,
};
use serde_json::{json, Value};
use std::{fs, io::Write, sync::Arc, sync::Mutex, time::Duration};

type Output = Arc<Mutex<std::io::BufWriter<fs::File>>>;

#[derive(Clone)]
struct Recorder {
    output: Output,
    request: Value,
}

fn headers(map: &HeaderMap) -> Value {
    map.iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect()
}

impl HttpHandler for Recorder {
    async fn handle_request(&mut self, _: &HttpContext, request: Request<Body>) -> RequestOrResponse {
        self.request = json!({
            "method": request.method().as_str(),
            "url": request.uri().to_string(),
            "headers": headers(request.headers()),
        });
        request.into()
    }

    async fn handle_response(&mut self, _: &HttpContext, response: Response<Body>) -> Response<Body> {
        let (head, body) = response.into_parts();
        let content = match body.collect().await {
            Ok(content) => content.to_bytes(),
            Err(_) => return Response::builder().status(502).body(Body::empty()).unwrap(),
        };
        let line = json!({
            "request": self.request.take(),
            "status": head.status.as_u16(),
            "headers": headers(&head.headers),
            "body": String::from_utf8_lossy(&content),
        });
        let mut output = self.output.lock().unwrap();
        writeln!(output, "{line}").expect("the capture can be written");
        drop(output);
        Response::from_parts(head, Body::from(http_body_util::Full::new(content)))
    }
}

/// Accepts every certificate, as `-k` does.
#[derive(Debug)]
struct Insecure(Arc<CryptoProvider>);

impl ServerCertVerifier for Insecure {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let read = |at: usize| fs::read_to_string(&arguments[at]).expect("the CA can be read");
    let key = KeyPair::from_pem(&read(4)).expect("the CA's key is valid");
    let issuer = Issuer::from_ca_cert_pem(&read(3), key).expect("the CA's certificate is valid");
    let provider = Arc::new(aws_lc_rs::default_provider());
    let tls = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .expect("there are TLS versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Insecure(provider)))
        .with_no_client_auth();
    let connector = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .build();

    let file = fs::File::create(&arguments[2]).expect("the capture can be created");
    let output: Output = Arc::new(Mutex::new(std::io::BufWriter::with_capacity(1 << 20, file)));
    let flushed = output.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            flushed.lock().unwrap().flush().expect("the capture can be written");
        }
    });

    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{}", arguments[1]))
        .await
        .expect("the port is free");
    eprintln!("listening at {}", listener.local_addr().unwrap());
    Proxy::builder()
        .with_listener(listener)
        .with_ca(RcgenAuthority::new(issuer, 1_000, aws_lc_rs::default_provider()))
        .with_http_connector(connector)
        .with_http_handler(Recorder { output, request: Value::Null })
        .build()
        .expect("the proxy can be built")
        .start()
        .await
        .expect("the proxy runs");
}
