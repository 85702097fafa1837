//! A seal key in a remote service, in the manner of the CSC API v2: `credentials/info` tells the certificate, `signatures/signHash`
//! signs a digest. The service runs here on a thread, with a test key; yours is in another house, behind TLS.
//!
//! Twice the same: through the `Signer` trait, and in two steps with the prepared seal put by in between. Then what goes wrong: a
//! credential that is refused, a certificate that is another's, a signature over something else. None of it makes a file.
//!
//! ```text
//! cargo run --example stamp -- keys --out test-keys
//! cargo run --example remote_sealing -- examples/data/records/residence.json residence test-keys result.pdf
//! ```

mod hall;

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hall::Told;
use hall::desk::Desk;
use serde_json::{Value, json};
use yinxin::crypto::{DigestAlgorithm, EcdsaForm, SignatureAlgorithm};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, Signer, SignerError};
use yinxin::seal::{Identity, Prepared};

/// ECDSA with SHA-256 (RFC 5758, clause 3.2) and SHA-256 (RFC 5754, clause 2.2), as the API names them.
const ECDSA_WITH_SHA256: &str = "1.2.840.10045.4.3.2";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";
/// Bytes of a message that either side reads.
const MOST: u64 = 1 << 20;

fn main() -> Told {
    let desk = Desk::from_arguments("remote_sealing")?;
    let service = Service::start(&desk.keys)?;
    let Desk { draft, seal, at, .. } = &desk;

    // One step: the service as a signer. What is sealed is asked for while sealing waits.
    let remote = RemoteSigner::open(service, "seal-1", "token-of-today")?;
    let sealed = draft.without_code().seal(seal, &remote, *at)?;
    println!("sealed through the service: {} bytes", sealed.into_bytes().len());

    // Two steps: what is prepared is put by; signing may be approved by a person tomorrow.
    let identity = Identity::of(&remote);
    let prepared = draft.without_code().prepare(seal, &identity, *at)?;
    let put_by = prepared.to_bytes();
    let digest = DigestAlgorithm::Sha256.digest(prepared.to_be_signed());
    drop(prepared);
    println!(
        "put by: {} bytes; to sign: {}",
        put_by.len(),
        STANDARD.encode(&digest)
    );

    let signature = sign_hash(service, "seal-1", "token-of-today", &digest)?;
    // Another process, another day: the draft and what was put by are read again.
    let draft_again = Draft::open(draft.bytes().to_vec(), &Limits::DEFAULT)?;
    let prepared = Prepared::from_bytes(&put_by, &draft_again, &Limits::DEFAULT)?;
    let file = prepared.finish(&signature)?.into_bytes();

    what_goes_wrong(service, &put_by, draft)?;
    desk.hand_out(&file)
}

/// Each of these is refused before there is a file.
fn what_goes_wrong(service: SocketAddr, put_by: &[u8], draft: &Draft) -> Told {
    let refused = RemoteSigner::open(service, "seal-1", "token-of-yesterday").err();
    println!("refused credential: {}", refused.ok_or("it was accepted")?);

    // A service that gives out another body's certificate: its signature does not fit, which shows on the first one.
    let mixed_up = RemoteSigner::open(service, "mixed-up", "token-of-today")?;
    let refused = mixed_up.sign(b"message").err();
    println!("wrong certificate: {}", refused.ok_or("it was accepted")?);

    // A signature over something else than what was prepared.
    let other = sign_hash(service, "seal-1", "token-of-today", &[7; 32])?;
    let prepared = Prepared::from_bytes(put_by, draft, &Limits::DEFAULT)?;
    let refused = prepared.finish(&other).err();
    println!("wrong signature: {}", refused.ok_or("it was accepted")?);
    Ok(())
}

/// The client: a credential of the service as a signer.
struct RemoteSigner {
    service: SocketAddr,
    credential: String,
    token: String,
    chain: Vec<Certificate>,
}

impl RemoteSigner {
    /// Asks for the credential's certificates, and whether its key signs as is needed here.
    fn open(service: SocketAddr, credential: &str, token: &str) -> Told<Self> {
        let question = json!({ "credentialID": credential, "certificates": "chain", "certInfo": true });
        let answer = post(service, "/csc/v2/credentials/info", token, &question)?;
        if answer["key"]["status"] != "enabled" {
            return Err(format!("the key of {credential} is not enabled; ask the service's operator").into());
        }
        let signs = answer["key"]["algo"].as_array().into_iter().flatten();
        if !signs.into_iter().any(|oid| oid == ECDSA_WITH_SHA256) {
            return Err(format!("the key of {credential} does not sign with ECDSA and SHA-256").into());
        }
        let mut chain = vec![];
        for text in answer["cert"]["certificates"].as_array().into_iter().flatten() {
            let der = STANDARD.decode(text.as_str().unwrap_or_default())?;
            chain.push(Certificate::try_from(der.as_slice())?);
        }
        let leaf = chain.first().ok_or("the service gave no certificate")?;
        if !leaf.permits(SignatureAlgorithm::EcdsaP256Sha256) {
            return Err(format!("the certificate of {} is not one of P-256", leaf.subject()).into());
        }
        Ok(Self {
            service,
            credential: credential.to_owned(),
            token: token.to_owned(),
            chain,
        })
    }
}

impl Signer for RemoteSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::EcdsaP256Sha256
    }

    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    fn signature_length(&self) -> usize {
        72
    }

    /// The service sees a digest alone. What it answers is verified here: nobody else has to find out.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let digest = DigestAlgorithm::Sha256.digest(message);
        let signature = sign_hash(self.service, &self.credential, &self.token, &digest)
            .map_err(|e| SignerError::Module(e.to_string()))?;
        let leaf = self.chain.first().ok_or(SignerError::EmptyChain)?;
        leaf.public_key()
            .verify(self.algorithm(), EcdsaForm::Der, message, &signature)
            .map_err(|_| SignerError::Mismatch(leaf.subject().to_owned()))?;
        Ok(signature)
    }
}

/// `signatures/signHash` for one digest.
fn sign_hash(service: SocketAddr, credential: &str, token: &str, digest: &[u8]) -> Told<Vec<u8>> {
    let question = json!({
        "credentialID": credential,
        "hashes": [STANDARD.encode(digest)],
        "hashAlgorithmOID": SHA256,
        "signAlgo": ECDSA_WITH_SHA256,
    });
    let answer = post(service, "/csc/v2/signatures/signHash", token, &question)?;
    match answer["signatures"].as_array().map(Vec::as_slice) {
        Some([Value::String(signature)]) => Ok(STANDARD.decode(signature)?),
        _ => Err("the service did not answer with one signature".into()),
    }
}

/// One question over HTTP and its answer, both JSON. Use an HTTP client with TLS instead; this one is short.
fn post(service: SocketAddr, path: &str, token: &str, question: &Value) -> Told<Value> {
    let mut stream = TcpStream::connect_timeout(&service, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let body = question.to_string();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {service}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let (first, body) = message(stream)?;
    let answer: Value = serde_json::from_slice(&body)?;
    if first.split(' ').nth(1) == Some("200") {
        Ok(answer)
    } else {
        // The API's errors: {"error": "invalid_request", "error_description": ".."}
        let text = |member: &str| answer[member].as_str().unwrap_or("unknown").to_owned();
        Err(format!(
            "the service said {}: {}",
            text("error"),
            text("error_description")
        )
        .into())
    }
}

/// The first line of an HTTP message and its body.
fn message(stream: impl Read) -> Told<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream.take(MOST));
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    let mut authorization = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            break;
        }
        match line.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse()?;
            }
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                value.trim().clone_into(&mut authorization);
            }
            _ => {}
        }
    }
    let mut body = vec![];
    reader.take(length).read_to_end(&mut body)?;
    Ok((format!("{} {authorization}", first.trim_end()), body))
}

/// The service, for this example alone: one credential with a test key, and one that is set up wrongly.
struct Service {
    key: PathBuf,
    chain: Vec<Certificate>,
    /// What the operator of the second credential put in by mistake.
    other: Vec<Certificate>,
}

impl Service {
    /// Starts it on a free port of this machine; it ends with the process.
    fn start(keys: &Path) -> Told<SocketAddr> {
        let read = |name: &str| std::fs::read_to_string(keys.join(name));
        let key = keys.join("seal.key.pem");
        let service = Self {
            key,
            chain: Certificate::from_pem_many(&read("seal.pem")?)?,
            other: Certificate::from_pem_many(&read("root.pem")?)?,
        };
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Err(error) = service.serve(stream) {
                    eprintln!("service: {error}");
                }
            }
        });
        Ok(address)
    }

    fn serve(&self, mut stream: TcpStream) -> Told {
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let (first, body) = message(&stream)?;
        let question: Value = serde_json::from_slice(&body).unwrap_or_default();
        let (status, answer) = self.answer(&first, &question);
        let body = answer.to_string();
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )?;
        Ok(())
    }

    fn answer(&self, first: &str, question: &Value) -> (&'static str, Value) {
        let refusal =
            |error: &str, description: &str| json!({ "error": error, "error_description": description });
        if !first.ends_with("Bearer token-of-today") {
            return (
                "401 Unauthorized",
                refusal("invalid_token", "the access token is not valid any more"),
            );
        }
        let chain = match question["credentialID"].as_str() {
            Some("seal-1") => &self.chain,
            Some("mixed-up") => &self.other,
            _ => {
                return (
                    "400 Bad Request",
                    refusal("invalid_request", "no such credential"),
                );
            }
        };
        match first.split(' ').nth(1) {
            Some("/csc/v2/credentials/info") => {
                let certificates = chain.iter().map(|one| STANDARD.encode(one.der()));
                let certificates: Vec<String> = certificates.collect();
                let key = json!({ "status": "enabled", "algo": [ECDSA_WITH_SHA256], "len": 256 });
                let cert = json!({ "status": "valid", "certificates": certificates });
                ("200 OK", json!({ "key": key, "cert": cert, "multisign": 1 }))
            }
            Some("/csc/v2/signatures/signHash") => match self.sign(question) {
                Some(signature) => ("200 OK", json!({ "signatures": [STANDARD.encode(signature)] })),
                None => (
                    "400 Bad Request",
                    refusal(
                        "invalid_request",
                        "hashes must hold one SHA-256 in Base64, and openssl be installed",
                    ),
                ),
            },
            _ => ("404 Not Found", refusal("invalid_request", "no such method")),
        }
    }

    fn sign(&self, question: &Value) -> Option<Vec<u8>> {
        let [hash] = question["hashes"].as_array()?.as_slice() else {
            return None;
        };
        let digest = STANDARD.decode(hash.as_str()?).ok()?;
        if digest.len() != DigestAlgorithm::Sha256.length() {
            return None;
        }
        // The service's module: a key that only the `openssl` program touches, and that signs digests.
        let mut command = Command::new("openssl");
        command
            .args(["pkeyutl", "-sign", "-pkeyopt", "digest:sha256", "-inkey"])
            .arg(&self.key);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().ok()?;
        child.stdin.take()?.write_all(&digest).ok()?;
        let output = child.wait_with_output().ok()?;
        output.status.success().then_some(output.stdout)
    }
}
