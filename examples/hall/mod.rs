//! What a service hall has before the first person comes, one thing a file; each flow (`window`, `joint_licence`, `trust_approval`,
//! `form_rounds`, `counter_check`) tells its story in its own.
//!
//! The keys are the repository's test keys, which are public: nothing made here is worth anything.
#![allow(dead_code, unused_imports, unused_macros, reason = "no flow needs all of it")]

mod city;
#[cfg(feature = "register")]
mod counter;
mod department;
pub mod desk;
mod files;
pub mod forger;
pub mod form;
mod scanner;
mod scene;
mod story;

use std::error::Error;

pub use city::{authority, certificate, listed, roots, trust};
#[cfg(feature = "register")]
pub use counter::{Counter, Kiosk, PRINTS, printed};
pub use department::Department;
pub use files::{folder, keep, record, template};
pub use scanner::scan;
pub(crate) use scene::scene;
pub use story::{accepted, found, june, refused, scene, undecided};

/// Every flow ends well or says why not.
pub type Told<T = ()> = Result<T, Box<dyn Error>>;
