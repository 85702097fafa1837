//! Why a module, token or key cannot be opened.

use core::fmt;

use cryptoki::error::{Error, RvError};

use crate::pki::SignerError;

/// Why a module, token or key cannot be opened.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ModuleError {
    /// The key wants the PIN for every signature, and the token signs with this algorithm only in a way that leaves no room for it.
    EachTime(&'static str),
    /// The library cannot be loaded or started; what it or the system reported.
    Load(String),
    /// The token reported this.
    Module(String),
    /// The token has no certificate of the key, and none was given.
    NoCertificate,
    /// No private key is the one chosen; those there are.
    NoSuchKey(Vec<String>),
    /// No token is the one chosen; those there are.
    NoSuchToken(Vec<String>),
    /// The PIN is refused, missing or locked; what the token reported. It is not tried again.
    Pin(String),
    /// Several private keys fit; those there are.
    SeveralKeys(Vec<String>),
    /// Several tokens fit; those there are.
    SeveralTokens(Vec<String>),
    /// The key and its certificate do not sign.
    Signer(SignerError),
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EachTime(mechanism) => write!(
                f,
                "the key wants its PIN for every signature, which needs the mechanism {mechanism}, and the token has not; use another key"
            ),
            Self::Load(message) => write!(
                f,
                "the library of the module cannot be used: {message}; check the path, and that it is a PKCS#11 library for this machine"
            ),
            Self::Module(message) => write!(f, "the token reported: {message}"),
            Self::NoCertificate => f.write_str(
                "the token has no certificate of the key; put it there, or give the certificates as well",
            ),
            Self::NoSuchKey(keys) => {
                write!(
                    f,
                    "the token has no such private key; its keys are {}",
                    listed(keys)
                )
            }
            Self::NoSuchToken(tokens) => {
                write!(
                    f,
                    "the module has no such token; its tokens are {}",
                    listed(tokens)
                )
            }
            Self::Pin(message) => write!(
                f,
                "the token does not accept the PIN ({message}); look before you try again, tokens lock"
            ),
            Self::SeveralKeys(keys) => {
                write!(
                    f,
                    "the token has several keys that fit; choose one by label or identifier: {}",
                    listed(keys)
                )
            }
            Self::SeveralTokens(tokens) => {
                write!(
                    f,
                    "the module has several tokens that fit; choose one by label or serial number: {}",
                    listed(tokens)
                )
            }
            Self::Signer(error) => error.fmt(f),
        }
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}

impl core::error::Error for ModuleError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Signer(error) => Some(error),
            _ => None,
        }
    }
}

impl From<SignerError> for ModuleError {
    fn from(error: SignerError) -> Self {
        Self::Signer(error)
    }
}

impl From<Error> for ModuleError {
    fn from(error: Error) -> Self {
        use RvError as R;
        match error {
            Error::Pkcs11(
                R::PinIncorrect
                | R::PinInvalid
                | R::PinLenRange
                | R::PinExpired
                | R::PinLocked
                | R::UserPinNotInitialized,
                _,
            )
            | Error::PinNotSet => Self::Pin(told(&error)),
            _ => Self::Module(told(&error)),
        }
    }
}

/// The return value by its name and the function, shorter than the standard's sentences that the library has for them.
pub(super) fn told(error: &Error) -> String {
    match error {
        Error::Pkcs11(value, function) => format!("{value:?} from C_{function:?}"),
        other => other.to_string(),
    }
}

/// Whether a session, its login or its token is gone, so that another may do.
pub(super) fn is_loss(error: &Error) -> bool {
    use RvError as R;
    matches!(
        error,
        Error::Pkcs11(
            R::SessionHandleInvalid
                | R::SessionClosed
                | R::DeviceRemoved
                | R::DeviceError
                | R::TokenNotPresent
                | R::UserNotLoggedIn
                | R::KeyHandleInvalid
                | R::ObjectHandleInvalid
                | R::CryptokiNotInitialized,
            _
        )
    )
}
