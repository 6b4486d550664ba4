//! Servers that are told what to do with a connection byte by byte: for everything that no HTTP server would do by itself, and
//! for TLS. The certificates in `fixtures/tls` are of an authority made for these tests; its key is gone.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A server that lives as long as this value.
pub struct Raw {
    address: SocketAddr,
    closing: Arc<AtomicBool>,
}

impl Raw {
    /// Hands every connection to `serve`, each on a thread of its own.
    pub fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let closing = Arc::new(AtomicBool::new(false));
        let (closed, serve) = (Arc::clone(&closing), Arc::new(serve));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if closed.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), serve) = (stream, Arc::clone(&serve)) else { continue };
                std::thread::spawn(move || serve(stream));
            }
        });
        Self { address, closing }
    }

    /// Reads each request, answers robots.txt with 404, and gives the rest to `answer`, which writes what it likes.
    pub fn after_request(answer: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        Self::start(move |mut stream| {
            let request = read_head(&mut stream);
            if request.starts_with("GET /robots.txt ") {
                drop(stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
            } else {
                // The client hangs up as soon as it has had enough.
                drop(answer(&mut stream));
            }
        })
    }

    /// Speaks HTTP/2 over TLS, and answers every request with this page.
    pub fn http2(page: String) -> Self {
        let mut config = tls_config("good");
        config.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        Self::start(move |stream| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let (acceptor, page) = (acceptor.clone(), page.clone());
            runtime.block_on(async move {
                stream.set_nonblocking(true).unwrap();
                let stream = tokio::net::TcpStream::from_std(stream).unwrap();
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let Ok(mut connection) = h2::server::handshake(stream).await else { return };
                while let Some(Ok((_, mut respond))) = connection.accept().await {
                    let head = axum::http::Response::builder().header("content-type", "text/html").body(()).unwrap();
                    if let Ok(mut body) = respond.send_response(head, false) {
                        drop(body.send_data(page.clone().into(), true));
                    }
                }
            });
        })
    }

    /// Speaks TLS with this certificate of `fixtures/tls`, and answers every request with a short page.
    pub fn secure(certificate: &str) -> Self {
        let config = Arc::new(tls_config(certificate));
        Self::start(move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            if read_head(&mut stream).is_empty() {
                return;
            }
            let body =
                "<!doctype html><title>Behind a lock</title><p>The page behind the lock says very little indeed.</p>";
            let length = body.len();
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close";
            drop(write!(stream, "{head}\r\nContent-Length: {length}\r\n\r\n{body}"));
            stream.conn.send_close_notify();
            drop(stream.flush());
        })
    }

    /// Answers the first bytes of a client with these.
    pub fn answering(bytes: &'static [u8]) -> Self {
        Self::start(move |mut stream| {
            let mut first = [0; 4096];
            if stream.read(&mut first).is_ok() {
                drop(stream.write_all(bytes));
            }
        })
    }

    /// The address of a path, under a scheme.
    pub fn url(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://{}{path}", self.address)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

fn tls_config(certificate: &str) -> ServerConfig {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls");
    let certificate = CertificateDer::from_pem_file(format!("{folder}/{certificate}.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(format!("{folder}/server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap()
}

/// The head of a request, or what came of it.
fn read_head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// Writes a piece again and again, with a pause after each, until the other side has had enough.
pub fn drip(stream: &mut TcpStream, piece: &[u8], pause: Duration) -> std::io::Result<()> {
    loop {
        stream.write_all(piece)?;
        stream.flush()?;
        std::thread::sleep(pause);
    }
}
