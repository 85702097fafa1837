//! A token and its sessions.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

use super::error::{is_loss, told};
use super::signer::{self, ModuleSigner};
use super::{ModuleError, ModuleKey, TokenChoice, find};
use crate::pki::{Certificate, KeyPassword, SignerError};

/// A token that is logged in, with the sessions it has given so far. Clones share them.
#[derive(Clone)]
pub struct Token(Arc<Shared>);

struct Shared {
    library: Pkcs11,
    serial: String,
    pin: Option<AuthPin>,
    pool: Mutex<Pool>,
    returned: Condvar,
}

struct Pool {
    slot: Slot,
    idle: Vec<Session>,
    /// Sessions there are, idle or at work.
    open: usize,
    /// As many as the token gives; unknown until it says so.
    most: usize,
    /// How many times the token was logged in. What belongs to an earlier time is lost.
    login: u64,
}

/// A session at work.
pub(super) struct Work {
    pub(super) session: Session,
    pub(super) login: u64,
}

impl Token {
    pub(super) fn open(
        library: Pkcs11,
        slot: Slot,
        serial: String,
        pin: Option<&KeyPassword>,
    ) -> Result<Self, ModuleError> {
        let pin = pin.map(|pin| AuthPin::from(pin.text()));
        let session = logged_in(&library, slot, pin.as_ref())?;
        let pool = Pool {
            slot,
            idle: vec![session],
            open: 1,
            most: usize::MAX,
            login: 1,
        };
        Ok(Self(Arc::new(Shared {
            library,
            serial,
            pin,
            pool: Mutex::new(pool),
            returned: Condvar::new(),
        })))
    }

    /// The key chosen, with `chain`, the key's certificate first; if that is `None`, with the certificate that has the key's identifier
    /// on the token, and those above it as far as the token has them.
    ///
    /// # Errors
    /// Occurs if the choice fits no key or several, there is no certificate, or the key does not sign for it.
    pub fn signer(
        &self,
        choice: ModuleKey<'_>,
        chain: Option<Vec<Certificate>>,
    ) -> Result<ModuleSigner, ModuleError> {
        signer::open(self, choice, chain)
    }

    /// Sessions the token has given and that are kept.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.pool().open
    }

    pub(super) fn pin(&self) -> Option<&AuthPin> {
        self.0.pin.as_ref()
    }

    pub(super) fn library(&self) -> (&Pkcs11, Slot) {
        (&self.0.library, self.pool().slot)
    }

    /// Does `work` in a session; if the session turns out to be lost, once more after one more login.
    pub(super) fn with<T>(&self, work: impl Fn(&Work) -> Result<T, Error>) -> Result<T, Failure> {
        let (error, lost) = match self.attempt(&work) {
            Ok(done) => return Ok(done),
            Err((error, login)) if is_loss(&error) => (error, login),
            Err((error, _)) => return Err(Failure::Error(error)),
        };
        let failed = |why: String| Failure::Lost(format!("{}; then: {why}", told(&error)));
        self.renew(lost).map_err(|why| failed(why.to_string()))?;
        self.attempt(&work).map_err(|(why, _)| failed(told(&why)))
    }

    /// Does `work` in a session; the error comes with the login it is of.
    fn attempt<T>(&self, work: impl Fn(&Work) -> Result<T, Error>) -> Result<T, (Error, u64)> {
        let begun = self.take()?;
        match work(&begun) {
            Ok(done) => {
                self.give(begun);
                Ok(done)
            }
            Err(error) => {
                // The session may be left in the midst of something: it is not used again.
                let login = begun.login;
                self.drop(begun);
                Err((error, login))
            }
        }
    }

    /// An idle session, another one or, where the token has no more, the next that is given back.
    fn take(&self) -> Result<Work, (Error, u64)> {
        let mut pool = self.pool();
        loop {
            let login = pool.login;
            if let Some(session) = pool.idle.pop() {
                return Ok(Work { session, login });
            }
            if pool.open < pool.most {
                match self.0.library.open_ro_session(pool.slot) {
                    Ok(session) => {
                        pool.open = pool.open.saturating_add(1);
                        return Ok(Work { session, login });
                    }
                    Err(Error::Pkcs11(RvError::SessionCount, _)) if pool.open > 0 => pool.most = pool.open,
                    Err(error) => return Err((error, login)),
                }
            }
            pool = self.0.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give(&self, work: Work) {
        let mut pool = self.pool();
        if work.login == pool.login {
            pool.idle.push(work.session);
        } else {
            pool.open = pool.open.saturating_sub(1);
        }
        drop(pool);
        self.0.returned.notify_one();
    }

    fn drop(&self, work: Work) {
        drop(work.session);
        let mut pool = self.pool();
        pool.open = pool.open.saturating_sub(1);
        drop(pool);
        self.0.returned.notify_one();
    }

    /// Logs in again, unless another thread has since the login `lost`.
    fn renew(&self, lost: u64) -> Result<(), ModuleError> {
        let mut pool = self.pool();
        if pool.login != lost {
            return Ok(());
        }
        let idle = pool.idle.len();
        pool.idle.clear();
        pool.open = pool.open.saturating_sub(idle);
        // A module that was ended by another part of the process is started again.
        let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        let _ = self.0.library.initialize(arguments);
        let (slot, _) = find(&self.0.library, TokenChoice::Serial(&self.0.serial))?;
        let session = logged_in(&self.0.library, slot, self.0.pin.as_ref())?;
        pool.slot = slot;
        pool.idle.push(session);
        pool.open = pool.open.saturating_add(1);
        pool.login = pool.login.saturating_add(1);
        Ok(())
    }

    /// A thread that panicked leaves the pool whole: nothing in it is changed in several steps that can fail.
    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.0.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why there is no result.
pub(super) enum Failure {
    Error(Error),
    Lost(String),
}

impl From<Failure> for ModuleError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Error(error) => error.into(),
            Failure::Lost(message) => SignerError::Lost(message).into(),
        }
    }
}

impl From<Failure> for SignerError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Error(error) => Self::Module(told(&error)),
            Failure::Lost(message) => Self::Lost(message),
        }
    }
}

fn logged_in(library: &Pkcs11, slot: Slot, pin: Option<&AuthPin>) -> Result<Session, ModuleError> {
    let session = library.open_ro_session(slot)?;
    let info = library.get_token_info(slot)?;
    if !info.login_required() {
        return Ok(session);
    }
    if pin.is_none() && !info.protected_authentication_path() {
        return Err(ModuleError::Pin("none was given".to_owned()));
    }
    match session.login(UserType::User, pin) {
        // The process is logged in, not the session (PKCS #11 2.40, 5.6): another part of it may have been first.
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
        Err(error) => Err(error.into()),
    }
}
