//! The keys that every command signs with: in files of any form, or in a module behind PKCS#11.

use std::path::Path;

use yinxin::crypto::SignatureAlgorithm;
use yinxin::limits::Limits;
#[cfg(feature = "pkcs11")]
use yinxin::pki::pkcs11::{Module, ModuleError, ModuleKey, ModuleSigner, Token, TokenChoice};
use yinxin::pki::{Certificate, KeyChoice, KeyFile, KeyFileError, Signer, SignerError, SoftwareSigner};

use crate::cli::{KeyOptions, SealOptions};
use crate::files::{self, Fault, fault};

/// A key, wherever it lives.
pub enum Key {
    #[cfg(feature = "pkcs11")]
    Module(ModuleSigner),
    Software(SoftwareSigner),
}

/// The keys of one run.
pub struct Keys {
    pub seal_key: Key,
    pub code_key: Option<Key>,
}

/// The keys that the options name, with so many certificates of the seal at most.
pub fn open(options: &SealOptions, certificates: usize) -> Result<Keys, Fault> {
    #[cfg(feature = "pkcs11")]
    if let Some(module) = &options.key.pkcs11 {
        return from_module(module, options, certificates);
    }
    if options.code_key.is_none() && (options.code_key_label.is_some() || options.code_chain.is_some()) {
        return Err(fault!(
            "--code-key-label and --code-chain: tell about the key of --code-key; give it"
        ));
    }
    Ok(Keys {
        seal_key: one(&options.key, certificates)?,
        code_key: code_key(options)?,
    })
}

/// The one key that the options name, with so many of its certificates at most.
pub fn one(options: &KeyOptions, certificates: usize) -> Result<Key, Fault> {
    #[cfg(feature = "pkcs11")]
    if let Some(module) = &options.pkcs11 {
        return on_token(&open_token(module, options)?, module, options, certificates);
    }
    let file = options.file.as_deref();
    let file = file.ok_or_else(|| fault!("--key: name the file of the key"))?;
    from_file(file, &Named::of(options)?, certificates)
}

/// The key of --code-key, if it is given.
fn code_key(options: &SealOptions) -> Result<Option<Key>, Fault> {
    let named = Named {
        password_file: options.code_key_password_file.as_deref(),
        label: options.code_key_label.as_deref(),
        id: None,
        chain: chain(options.code_chain.as_deref())?,
        option: "--code-key-password-file",
    };
    let file = options.code_key.as_deref();
    file.map(|file| from_file(file, &named, usize::MAX)).transpose()
}

/// What the options say of one key, besides where it is.
struct Named<'o> {
    password_file: Option<&'o Path>,
    label: Option<&'o str>,
    id: Option<Vec<u8>>,
    chain: Option<Vec<Certificate>>,
    /// Which option names the file of the password.
    option: &'static str,
}

impl<'o> Named<'o> {
    fn of(options: &'o KeyOptions) -> Result<Self, Fault> {
        let id = options.id.as_deref().map(|hex| {
            unhex(hex).ok_or_else(|| {
                fault!("--key-id {hex}: is not hexadecimal; give an even number of digits 0-9 a-f")
            })
        });
        Ok(Self {
            password_file: options.password_file.as_deref(),
            label: options.label.as_deref(),
            id: id.transpose()?,
            chain: chain(options.chain.as_deref())?,
            option: "--key-password-file",
        })
    }
}

fn from_file(path: &Path, named: &Named<'_>, certificates: usize) -> Result<Key, Fault> {
    let name = path.display();
    files::spare(path);
    let bytes = zeroize::Zeroizing::new(files::read(path, files::SMALL)?);
    let password = files::key_password(named.password_file)?;
    let explained = |error: KeyFileError| match error {
        KeyFileError::PasswordNeeded => fault!("{name}: {error}, in the file of {}", named.option),
        KeyFileError::PasswordWrong => fault!("{name}: {error}; check the file of {}", named.option),
        KeyFileError::NoCertificate => fault!("{name}: {error} with --chain (or --code-chain)"),
        KeyFileError::NoSuchKey(_) | KeyFileError::SeveralKeys(_) => {
            fault!("{name}: {error} (--key-label NAME or --key-id HEX)")
        }
        _ => fault!("{name}: {error}"),
    };
    let file = KeyFile::read(&bytes, password.as_ref(), &Limits::DEFAULT).map_err(explained)?;
    let choice = match (named.label, &named.id) {
        (Some(label), _) => KeyChoice::Name(label),
        (None, Some(id)) => KeyChoice::Id(id),
        (None, None) => KeyChoice::Only,
    };
    let mut chain = match &named.chain {
        Some(chain) => chain.clone(),
        None => file.signer(choice).map_err(explained)?.chain().to_vec(),
    };
    chain.truncate(certificates);
    file.signer_with(choice, chain)
        .map(Key::Software)
        .map_err(explained)
}

/// Keys behind PKCS#11: that of the seal and, if another is named, that of codes on the same token.
#[cfg(feature = "pkcs11")]
fn from_module(path: &Path, options: &SealOptions, certificates: usize) -> Result<Keys, Fault> {
    let token = open_token(path, &options.key)?;
    let seal_key = on_token(&token, path, &options.key, certificates)?;
    let second = match (&options.code_key, options.code_key_label.as_deref()) {
        (None, Some(label)) => {
            let chain = chain(options.code_chain.as_deref())?;
            let signer = token.signer(ModuleKey::Label(label), chain);
            Some(Key::Module(signer.map_err(|error| module_fault(path, error))?))
        }
        _ => code_key(options)?,
    };
    Ok(Keys {
        seal_key,
        code_key: second,
    })
}

#[cfg(feature = "pkcs11")]
fn open_token(path: &Path, options: &KeyOptions) -> Result<Token, Fault> {
    let pin = files::key_password(options.password_file.as_deref())?;
    let explained = |error| module_fault(path, error);
    let module = Module::load(path).map_err(explained)?;
    let wanted = options.token.as_deref();
    let token = match wanted.map(TokenChoice::Label).unwrap_or_default() {
        // A label that no token has may be a serial number.
        choice @ TokenChoice::Label(text) => match module.open(choice, pin.as_ref()) {
            Err(ModuleError::NoSuchToken(_)) => module.open(TokenChoice::Serial(text), pin.as_ref()),
            opened => opened,
        },
        choice => module.open(choice, pin.as_ref()),
    };
    token.map_err(explained)
}

#[cfg(feature = "pkcs11")]
fn on_token(token: &Token, path: &Path, options: &KeyOptions, certificates: usize) -> Result<Key, Fault> {
    let named = Named::of(options)?;
    let choice = match (named.label, &named.id) {
        (Some(label), _) => ModuleKey::Label(label),
        (None, Some(id)) => ModuleKey::Id(id),
        (None, None) => ModuleKey::Only,
    };
    let explained = |error| module_fault(path, error);
    let mut key = token.signer(choice, named.chain).map_err(explained)?;
    if certificates < key.chain().len() {
        let chain = key.chain().iter().take(certificates).cloned().collect();
        key = token.signer(choice, Some(chain)).map_err(explained)?;
    }
    Ok(Key::Module(key))
}

#[cfg(feature = "pkcs11")]
fn module_fault(path: &Path, error: ModuleError) -> Fault {
    let name = path.display();
    match error {
        ModuleError::Pin(_) => fault!("{name}: {error}; the file of --key-password-file holds it"),
        ModuleError::NoCertificate => fault!("{name}: {error} with --chain (or --code-chain)"),
        ModuleError::NoSuchToken(_) | ModuleError::SeveralTokens(_) => {
            fault!("{name}: {error} (--token LABEL)")
        }
        ModuleError::NoSuchKey(_) | ModuleError::SeveralKeys(_) => {
            fault!("{name}: {error} (--key-label NAME or --key-id HEX)")
        }
        _ => fault!("{name}: {error}"),
    }
}

fn chain(path: Option<&Path>) -> Result<Option<Vec<Certificate>>, Fault> {
    let Some(path) = path else { return Ok(None) };
    files::spare(path);
    let read = Certificate::from_pem_many(&files::read_text(path)?);
    read.map(Some).map_err(|e| {
        fault!(
            "{}: {e}; give the certificate of the key, then those above it",
            path.display()
        )
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<char> = text.chars().filter(|c| *c != ':').collect();
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).ok();
    pairs.map(byte).collect()
}

impl Key {
    /// The same key with another algorithm.
    pub fn with_algorithm(self, algorithm: SignatureAlgorithm) -> Result<Self, SignerError> {
        match self {
            #[cfg(feature = "pkcs11")]
            Self::Module(signer) => signer.with_algorithm(algorithm).map(Self::Module),
            Self::Software(signer) => signer.with_algorithm(algorithm).map(Self::Software),
        }
    }

    fn signer(&self) -> &dyn Signer {
        match self {
            #[cfg(feature = "pkcs11")]
            Self::Module(signer) => signer,
            Self::Software(signer) => signer,
        }
    }
}

impl Signer for Key {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.signer().algorithm()
    }

    fn chain(&self) -> &[Certificate] {
        self.signer().chain()
    }

    fn signature_length(&self) -> usize {
        self.signer().signature_length()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.signer().sign(message)
    }
}
