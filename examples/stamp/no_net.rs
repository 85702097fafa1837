//! What stands for the network in a program that was built without it.

use yinxin::pdf::Password;
use yinxin::pki::{Certificate, TimeStamper};
use yinxin::time::Time;

use crate::cli::{NetOptions, RaiseLevel};
use crate::files::{Fault, fault};

/// There is none.
pub enum Network {}

impl Network {
    pub fn load(_: &NetOptions, _: Vec<Certificate>, _: bool) -> Result<Self, Fault> {
        Err(fault!(
            "this program was built without the network; build it with: cargo build --release --example stamp --features net"
        ))
    }

    pub fn stamper(&self) -> Option<&dyn TimeStamper> {
        match *self {}
    }

    pub fn raise(
        &self,
        _: Vec<u8>,
        _: &Password,
        _: RaiseLevel,
        _: Time,
    ) -> Result<(Vec<u8>, String, bool), Fault> {
        match *self {}
    }
}
