//! `stamp prepare` and `stamp finish`: sealing in two steps, for a key that lives elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use yinxin::crypto::{PublicKey, SignatureAlgorithm};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::pki::Certificate;
use yinxin::seal::{DocMdp, Identity, Prepared, Seal, SealError};

use crate::cli;
use crate::files::{self, Fault, Named as _, Outputs, fault, hex};
use crate::output::say;
use crate::seal::{issuer, place, placed};
use crate::sealing::{explain, impression};

/// Status 0; nothing is written if the file cannot be sealed.
pub fn prepare(options: &cli::Prepare) -> Result<u8, Fault> {
    let name = options.input.display();
    let chain =
        Certificate::from_pem_many(&files::read_text(&options.chain)?).named(options.chain.display())?;
    let (algorithm, signature_length) = signing(&chain, options)?;
    let identity = Identity {
        algorithm,
        chain: &chain,
        signature_length,
    };
    let seal = Seal::new(impression(&options.seal)?);
    let at = options.at.unwrap_or_else(files::now);
    let password = files::password(options.place.password_file.as_deref())?;
    let bytes = files::read(&options.input, files::LARGE)?;
    let draft = Draft::open_with(bytes, password, &Limits::DEFAULT).named(&name)?;
    let issuer = options.place.issuer.as_deref().map(issuer).transpose()?;
    let named = place(&options.status, 0)?;
    let placed = || {
        let sealing = placed(draft.without_code(), &options.place);
        match &named {
            Some(place) => sealing.status(place.clone()),
            None => sealing,
        }
    };
    let attempt = |level: Option<DocMdp>| placed().certifies(level).prepare(&seal, &identity, at);
    let prepared = match &issuer {
        Some(issuer) => placed().joint(issuer).prepare(&seal, &identity, at),
        None => match attempt((!options.place.approval).then_some(DocMdp::NoChanges)) {
            Err(SealError::FirstSealOnly) => attempt(None),
            other => other,
        },
    };
    let prepared = prepared.map_err(|e| fault!("{name}: {}", explain(&e)))?;

    let outputs = Outputs::sparing([
        options.input.as_path(),
        options.chain.as_path(),
        options.seal.as_path(),
    ]);
    let message = prepared.to_be_signed();
    outputs.write(&options.out, &prepared.to_bytes())?;
    outputs.write(&options.to_sign, message)?;
    let digest = algorithm.digest().digest(message);
    say!(
        "to sign 待签名: {}, {} bytes, with {algorithm}",
        options.to_sign.display(),
        message.len()
    );
    say!("its {:?} 摘要: {}", algorithm.digest(), hex(&digest));
    say!("the same in Base64: {}", STANDARD.encode(&digest));
    say!(
        "next: stamp finish {name} --prepared {} --signature SIG --out O.pdf",
        options.out.display()
    );
    Ok(0)
}

/// How the key of the first certificate will sign, and how long that can be.
fn signing(chain: &[Certificate], options: &cli::Prepare) -> Result<(SignatureAlgorithm, usize), Fault> {
    let name = options.chain.display();
    let leaf = chain
        .first()
        .ok_or_else(|| fault!("{name}: holds no certificate"))?;
    use SignatureAlgorithm as A;
    let (algorithm, length) = match leaf.public_key() {
        PublicKey::Ed25519(_) => (A::Ed25519, 64),
        PublicKey::P256(_) => (A::EcdsaP256Sha256, 72),
        PublicKey::P384(_) => (A::EcdsaP384Sha384, 104),
        _ => {
            let pss = options.pss || !leaf.permits(A::RsaPkcs1Sha256);
            let algorithm = if pss { A::RsaPssSha256 } else { A::RsaPkcs1Sha256 };
            (algorithm, leaf.key_bits().div_ceil(8) as usize)
        }
    };
    if leaf.permits(algorithm) && (!options.pss || algorithm == A::RsaPssSha256) {
        Ok((algorithm, length))
    } else {
        Err(fault!(
            "{name}: the first certificate does not allow that; --pss is for RSA keys"
        ))
    }
}

/// Status 0; nothing is written if the signature is not over what was prepared.
pub fn finish(options: &cli::Finish) -> Result<u8, Fault> {
    let name = options.prepared.display();
    let password = files::password(options.password_file.as_deref())?;
    let bytes = files::read(&options.input, files::LARGE)?;
    let draft = Draft::open_with(bytes, password, &Limits::DEFAULT).named(options.input.display())?;
    let put_by = files::read(&options.prepared, files::LARGE)?;
    let prepared = Prepared::from_bytes(&put_by, &draft, &Limits::DEFAULT).named(&name)?;
    let signature = files::read(&options.signature, files::SMALL)?;
    let sealed = prepared.finish(&signature).named(options.signature.display())?;
    let outputs = Outputs::sparing([
        options.input.as_path(),
        options.prepared.as_path(),
        options.signature.as_path(),
    ]);
    outputs.write(&options.out, &sealed.into_bytes())?;
    say!("sealed 已盖章: {}", options.out.display());
    Ok(0)
}
