//! A small HTTP server on this machine that answers as a test wants it to, on a port of the system's choice.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a client sent.
#[derive(Clone, Debug, Default)]
pub struct Received {
    pub method: String,
    pub path: String,
    /// Names in lower case.
    pub fields: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What the client gets.
pub enum Reply {
    /// Status, fields, body.
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// The head, then a byte of the body every so often, without an end.
    Drip(&'static str, Duration),
    /// A head whose fields never end.
    EndlessHead,
    /// Nothing, and the connection stays open.
    Silence,
    /// Bytes that are no HTTP.
    Raw(Vec<u8>),
}

impl Reply {
    pub fn ok(kind: &str, body: Vec<u8>) -> Self {
        Self::Answer(200, vec![("Content-Type", kind.to_owned())], body)
    }

    pub fn status(status: u16) -> Self {
        Self::Answer(status, vec![], b"busy".to_vec())
    }
}

pub struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    pub fn start(handler: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let received = Arc::new(Mutex::new(vec![]));
        let handler: Arc<dyn Fn(&Received) -> Reply + Send + Sync> = Arc::new(handler);
        let (stopped, log) = (Arc::clone(&stop), Arc::clone(&received));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), handler) = (stream, Arc::clone(&handler)) else {
                    continue;
                };
                let (log, stopped) = (Arc::clone(&log), Arc::clone(&stopped));
                std::thread::spawn(move || serve(stream, &*handler, &log, &stopped));
            }
        });
        Self {
            address,
            stop,
            received,
        }
    }

    /// One that answers every request with the same.
    pub fn always(kind: &'static str, body: Vec<u8>) -> Self {
        Self::start(move |_| Reply::ok(kind, body.clone()))
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What came so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// How many requests came for `path`.
    pub fn count(&self, path: &str) -> usize {
        let received = self.received.lock().unwrap();
        received.iter().filter(|one| one.path == path).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
    }
}

/// An address on this machine where nobody listens, for as long as the tests run: the port is that of the client's end of a connection,
/// which stays open. One that was only free a moment ago could be given to the server of another test.
pub fn nobody() -> String {
    static HELD: Mutex<Vec<[TcpStream; 2]>> = Mutex::new(vec![]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, address) = listener.accept().unwrap();
    HELD.lock().unwrap().push([client, server]);
    format!("http://{address}/")
}

fn serve(
    mut stream: TcpStream,
    handler: &(dyn Fn(&Received) -> Reply + Send + Sync),
    log: &Mutex<Vec<Received>>,
    stopped: &AtomicBool,
) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(received) = request(&mut reader) {
        log.lock().unwrap().push(received.clone());
        match handler(&received) {
            Reply::Answer(status, fields, body) => {
                let mut head = format!("HTTP/1.1 {status} Test\r\nContent-Length: {}\r\n", body.len());
                for (name, value) in fields {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                head.push_str("\r\n");
                if stream.write_all(&[head.as_bytes(), &body].concat()).is_err() {
                    return;
                }
            }
            Reply::Drip(kind, pause) => {
                let head =
                    format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: 100000\r\n\r\n");
                let mut sent = stream.write_all(head.as_bytes());
                while sent.is_ok() && !stopped.load(Ordering::SeqCst) {
                    std::thread::sleep(pause);
                    sent = stream.write_all(b"0");
                }
                return;
            }
            Reply::EndlessHead => {
                let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\n");
                while sent.is_ok() && !stopped.load(Ordering::SeqCst) {
                    sent = stream.write_all(format!("X-More: {}\r\n", "x".repeat(1000)).as_bytes());
                }
                return;
            }
            Reply::Silence => {
                while !stopped.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(50));
                }
                return;
            }
            Reply::Raw(bytes) => {
                let _ = stream.write_all(&bytes);
                return;
            }
        }
    }
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let mut words = line.split(' ');
    let mut received = Received {
        method: words.next()?.to_owned(),
        path: words.next()?.to_owned(),
        ..Received::default()
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => received
                .fields
                .push((name.to_ascii_lowercase(), value.to_owned())),
            None => break,
        }
    }
    let length = received
        .field("content-length")
        .and_then(|value| value.parse().ok());
    received.body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut received.body).ok()?;
    Some(received)
}
