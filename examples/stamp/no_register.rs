//! What stands for the issue register in a program that was built without it.

use std::path::PathBuf;

use yinxin::draft::Draft;
use yinxin::payload::Payload;
use yinxin::record::{Identifier, Record};
use yinxin::register::Entry;
use yinxin::time::Time;

use crate::asked::Asked;
use crate::cli;
use crate::files::{Fault, fault};

pub fn run(_: &cli::Register) -> Result<u8, Fault> {
    Err(without())
}

/// There is none.
pub enum Office {}

pub struct Desk<'o>(&'o Office);

pub struct Filed {
    pub entry: Entry,
    pub path: PathBuf,
    pub made: bool,
}

#[expect(dead_code, reason = "nothing fails that is never begun")]
pub enum Failed<E> {
    Make(E),
    Office(Fault),
}

impl Office {
    pub fn open(options: &cli::FromRegister, _: Time) -> Result<Option<Self>, Fault> {
        match options.register {
            None => Ok(None),
            Some(_) => Err(without()),
        }
    }

    pub fn desk(&self) -> Result<Desk<'_>, Fault> {
        match *self {}
    }
}

impl Desk<'_> {
    pub fn recover(&mut self) -> Result<(), Fault> {
        match *self.0 {}
    }

    pub fn reserve(&mut self, _: &Asked) -> Result<Entry, Fault> {
        match *self.0 {}
    }

    pub fn entry(&mut self, _: &Identifier) -> Result<Option<Entry>, Fault> {
        match *self.0 {}
    }

    pub fn issue<E>(
        &mut self,
        _: &Asked,
        _: impl FnOnce(&Record) -> Result<Draft, E>,
        _: impl FnOnce(&Record, &Draft, Payload) -> Result<Vec<u8>, E>,
    ) -> Result<Filed, Failed<E>> {
        match *self.0 {}
    }
}

fn without() -> Fault {
    fault!(
        "this program was built without the issue register; build it with: cargo build --release --example stamp --features register"
    )
}
