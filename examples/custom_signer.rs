//! A signer of your own: the joint for smart cards, hardware modules and remote seal services.
//!
//! ```text
//! cargo run --example stamp -- keys --out test-keys
//! cargo run --example custom_signer -- some.pdf test-keys sealed.pdf
//! ```

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use yinxin::crypto::SignatureAlgorithm;
use yinxin::draft::{Draft, Slots};
use yinxin::font;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::pki::{Certificate, Signer, SignerError};
use yinxin::seal::{Place, Seal};
use yinxin::time::Time;

/// A P-256 key that only the `openssl` program touches; yours would be a PKCS#11 session or an HTTPS client.
struct OpensslProgram {
    key: PathBuf,
    chain: Vec<Certificate>,
}

impl Signer for OpensslProgram {
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::EcdsaP256Sha256
    }

    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Room is reserved before the signature is made: state the longest, 72 bytes for P-256 in DER.
    fn signature_length(&self) -> usize {
        72
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let failed = |e: std::io::Error| SignerError::Module(format!("openssl: {e}"));
        let mut command = Command::new("openssl");
        command.args(["dgst", "-sha256", "-sign"]).arg(&self.key);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(message).map_err(failed)?;
        }
        let output = child.wait_with_output().map_err(failed)?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(SignerError::Module("openssl refused to sign".to_owned()))
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, keys, out] = arguments.as_slice() else {
        return Err("usage: custom_signer IN.pdf KEYS-FOLDER OUT.pdf".into());
    };
    let keys = Path::new(keys);
    let chain = Certificate::from_pem_many(&std::fs::read_to_string(keys.join("seal.pem"))?)?;
    let key = keys.join("seal.key.pem");
    let signer = OpensslProgram { key, chain };

    // A PDF made elsewhere reserves no place: say where, in millimetres from the upper left corner.
    let draft = Draft::new(std::fs::read(file)?, Slots::default());
    let look = RoundSeal::new("滨海市人力资源和社会保障局");
    let seal = Seal::new(Impression::round(&look, font::bundled())?);
    let (x_mm, y_mm) = (150.0, 240.0);
    let at: Time = "2030-06-05T09:00:00+08:00".parse()?;
    let sealing = draft.without_code().place(Place { page: 0, x_mm, y_mm });
    let sealed = sealing.seal(&seal, &signer, at)?;
    let file = sealed.into_bytes();
    std::fs::write(out, &file)?;
    println!("{out}: {} bytes", file.len());
    Ok(())
}
