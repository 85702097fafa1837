//! Seal keys in a module behind PKCS#11 (OASIS PKCS #11 2.40 and 3): smart cards, USB keys, hardware security modules.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use yinxin::pki::pkcs11::{Module, ModuleKey, TokenChoice};
//! use yinxin::pki::KeyPassword;
//!
//! let module = Module::load("/usr/lib/softhsm/libsofthsm2.so".as_ref())?;
//! let pin = KeyPassword::new("1234");
//! let token = module.open(TokenChoice::Label("seal"), Some(&pin))?;
//! let signer = token.signer(ModuleKey::Label("department"), None)?;
//! # Ok(())
//! # }
//! ```
//!
//! **Sessions.** A [`Token`] is logged in once. Its sessions are kept and used again: a batch on one thread uses one session from the
//! first seal to the last, threads that sign at the same time get a session each, and where the token has no more of them they wait
//! for one another. [`ModuleSigner`] may be shared by threads.
//!
//! **Loss.** If a session is lost (the card was pulled, the module restarted, somebody logged out), the token is looked for again by its
//! serial number and logged in once, and the signature is asked for once more; if that fails, too, the answer is
//! [`SignerError::Lost`](super::SignerError::Lost). A PIN that is refused is not tried again: tokens lock.
//!
//! **What is checked.** When a signer is opened, its key signs a text that says so, and the certificate verifies it: a key of another
//! certificate, or a mechanism that the token has not, fails before anything is sealed. Every later signature is verified, too.
//!
//! The module's library is foreign code that is loaded into the process: it can do all that the process can. Name one that you trust.

mod error;
mod sessions;
mod signer;

use std::path::Path;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::slot::Slot;

pub use error::ModuleError;
pub use sessions::Token;
pub use signer::ModuleSigner;

use super::KeyPassword;

/// The library of a module, loaded and initialised. It stays so until the process ends: other parts of the process may use it.
pub struct Module {
    library: Pkcs11,
}

/// Which token of a module is meant.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum TokenChoice<'a> {
    /// The one with this label.
    Label(&'a str),
    /// The only one.
    #[default]
    Only,
    /// The one with this serial number.
    Serial(&'a str),
}

/// Which private key of a token is meant.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ModuleKey<'a> {
    /// The one with this identifier (`CKA_ID`).
    Id(&'a [u8]),
    /// The one with this label (`CKA_LABEL`).
    Label(&'a str),
    /// The only one.
    #[default]
    Only,
}

impl Module {
    /// Loads the library at `path` and initialises it, to be used by several threads.
    ///
    /// # Errors
    /// Occurs if the file is no PKCS#11 library or does not start.
    pub fn load(path: &Path) -> Result<Self, ModuleError> {
        let library = Pkcs11::new(path).map_err(|e| ModuleError::Load(e.to_string()))?;
        let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        match library.initialize(arguments) {
            // Another part of the process was first.
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(Self { library }),
            Err(error) => Err(ModuleError::Load(error::told(&error))),
        }
    }

    /// Opens a token, and logs in; without a `pin` where the token has a keypad of its own.
    ///
    /// # Errors
    /// Occurs if the choice fits no token or several, or the token refuses the PIN.
    pub fn open(&self, choice: TokenChoice<'_>, pin: Option<&KeyPassword>) -> Result<Token, ModuleError> {
        let (slot, serial) = find(&self.library, choice)?;
        Token::open(self.library.clone(), slot, serial, pin)
    }
}

/// The slot of the token chosen, and its serial number.
fn find(library: &Pkcs11, choice: TokenChoice<'_>) -> Result<(Slot, String), ModuleError> {
    let mut fitting = vec![];
    let mut all = vec![];
    for slot in library.get_slots_with_initialized_token()? {
        let info = library.get_token_info(slot)?;
        let (label, serial) = (info.label().trim_end(), info.serial_number().trim_end());
        all.push(format!("{label:?} ({serial})"));
        let fits = match choice {
            TokenChoice::Label(wanted) => label == wanted,
            TokenChoice::Only => true,
            TokenChoice::Serial(wanted) => serial == wanted,
        };
        if fits {
            fitting.push((slot, serial.to_owned()));
        }
    }
    match (fitting.pop(), fitting.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err(ModuleError::SeveralTokens(all)),
        (None, _) => Err(ModuleError::NoSuchToken(all)),
    }
}
