//! Raising a sealed file (EN 319 142-1, clause 6.2) in one step: evidence, document time stamp, the evidence for that; and again when
//! it is to be renewed.

use core::fmt;

use super::collect::{Collector, Missing};
use super::sealed::{Contents, Role};
use crate::draft::{Draft, DraftError};
use crate::limits::Limits;
use crate::pdf::PdfError;
use crate::pki::TimeStamper;
use crate::seal::SealError;
use crate::time::Time;

/// A level above B-T (EN 319 142-1, clause 6.2.1).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Level {
    /// B-LT: with what it can be verified with when the authorities are gone.
    Lt,
    /// B-LTA: and a time stamp over all of that. Raising such a file again renews it.
    Lta,
}

/// Raises sealed files.
#[derive(Clone)]
pub struct Raiser<'a> {
    collector: Collector<'a>,
    stamper: Option<&'a dyn TimeStamper>,
    incomplete: bool,
}

/// A file that was raised.
#[non_exhaustive]
#[derive(Clone)]
pub struct RaisedFile {
    /// The PDF, which begins with the one that was raised.
    pub bytes: Vec<u8>,
    /// The time stamped over the file; `None` if the file was not to be stamped.
    pub time: Option<Time>,
    /// Revisions that were appended: none if there was nothing to add.
    pub revisions: usize,
    /// Evidence that could not be had.
    pub missing: Vec<Missing>,
}

/// Why a file was not raised. It is as it was.
#[non_exhaustive]
#[derive(Debug)]
pub enum RaiseError {
    /// The file cannot be read.
    Draft(DraftError),
    /// No seal is in it.
    NotSealed,
    /// Nothing proves when it was sealed: B-LT needs a time stamp, in the seal or over the file.
    NoTimeStamp,
    /// There is nobody to ask for a time stamp.
    NoAuthority,
    /// Not all evidence could be had.
    Incomplete(Vec<Missing>),
    /// The revision cannot be appended, or no authority stamped it.
    Seal(SealError),
}

impl<'a> Raiser<'a> {
    /// Raises with the evidence that `collector` finds.
    #[must_use]
    pub fn new(collector: Collector<'a>) -> Self {
        Self {
            collector,
            stamper: None,
            incomplete: false,
        }
    }

    /// Sets who stamps the file.
    #[must_use]
    pub fn time_stamp(mut self, by: &'a dyn TimeStamper) -> Self {
        self.stamper = Some(by);
        self
    }

    /// Sets whether a file is raised even where not all evidence could be had. It is then listed in the result; otherwise it is the
    /// error.
    #[must_use]
    pub fn incomplete(mut self, accepted: bool) -> Self {
        self.incomplete = accepted;
        self
    }

    /// Raises `file` to `level`, as of `now`; renews one that has it. Whether its seals are right is not looked at: verify it before.
    ///
    /// # Errors
    /// Occurs if the file cannot be read or bears no seal, if evidence is missing, or if nobody stamps it.
    pub fn raise(&self, file: &Draft, level: Level, now: Time) -> Result<RaisedFile, RaiseError> {
        let contents = Contents::of(file, &Limits::DEFAULT).map_err(malformed)?;
        let has = |wanted: Role| contents.signatories.iter().any(|one| one.role == wanted);
        if !has(Role::Seal) {
            return Err(RaiseError::NotSealed);
        }
        let is_stamped = has(Role::SignatureTimeStamp) || has(Role::DocumentTimeStamp);
        if level == Level::Lt && !is_stamped {
            return Err(RaiseError::NoTimeStamp);
        }
        let stamper = match (level, self.stamper) {
            (Level::Lt, _) => None,
            (Level::Lta, None) => return Err(RaiseError::NoAuthority),
            (Level::Lta, by) => by,
        };
        let mut raised = RaisedFile {
            bytes: vec![],
            time: None,
            revisions: 0,
            missing: vec![],
        };
        let mut current = self.evidence(file.clone(), now, &mut raised)?;
        if !raised.missing.is_empty() && !self.incomplete {
            return Err(RaiseError::Incomplete(raised.missing));
        }
        if let Some(stamper) = stamper {
            let stamped = current.add_time_stamp(stamper).map_err(RaiseError::Seal)?;
            raised.time = stamped.time_stamp();
            raised.revisions = raised.revisions.saturating_add(1);
            current = file.reopen(stamped.into_bytes()).map_err(RaiseError::Draft)?;
            // The next time stamp is to cover the evidence for this one, which is at hand now.
            raised.missing.clear();
            current = self.evidence(current, now, &mut raised)?;
        }
        raised.bytes = current.into_bytes();
        Ok(raised)
    }

    /// Adds what `file` needs and has not.
    fn evidence(&self, file: Draft, now: Time, raised: &mut RaisedFile) -> Result<Draft, RaiseError> {
        let collected = self.collector.collect(&file, now).map_err(malformed)?;
        raised.missing = collected.missing;
        match file
            .add_validation_data(&collected.data)
            .map_err(RaiseError::Seal)?
        {
            None => Ok(file),
            Some(with) => {
                raised.revisions = raised.revisions.saturating_add(1);
                file.reopen(with.into_bytes()).map_err(RaiseError::Draft)
            }
        }
    }
}

fn malformed(error: PdfError) -> RaiseError {
    RaiseError::Draft(DraftError::Pdf(error))
}

/// Without the bytes.
impl fmt::Debug for RaisedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RaisedFile")
            .field("length", &self.bytes.len())
            .field("time", &self.time)
            .field("revisions", &self.revisions)
            .field("missing", &self.missing)
            .finish()
    }
}

impl fmt::Debug for Raiser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Raiser")
            .field("incomplete", &self.incomplete)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for RaiseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Draft(error) => error.fmt(f),
            Self::NotSealed => f.write_str("no seal is in the file; seal it first"),
            Self::NoTimeStamp => f.write_str(
                "nothing proves when the file was sealed; seal with a time stamp, or raise to LTA, which stamps the file",
            ),
            Self::NoAuthority => f.write_str("LTA needs a time stamp; name a time-stamping authority"),
            Self::Incomplete(missing) => {
                f.write_str("not all evidence could be had, and the file was left as it was")?;
                let mut mark = ": ";
                for one in missing {
                    write!(f, "{mark}{one}")?;
                    mark = "; ";
                }
                Ok(())
            }
            Self::Seal(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for RaiseError {}
