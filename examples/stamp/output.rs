//! Standard output: a reader that goes away, such as `head`, ends the program and is no fault of it.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _, stdout};
use std::process::exit;

/// Prints a line, as `println!` does, which panics where nobody reads any more.
macro_rules! say {
    ($($arg:tt)*) => { $crate::output::line(format_args!($($arg)*)) };
}
pub(crate) use say;

pub fn line(text: Arguments<'_>) {
    if let Err(error) = writeln!(stdout(), "{text}") {
        if error.kind() != ErrorKind::BrokenPipe {
            eprintln!("stamp: standard output cannot be written: {error}");
        }
        // What was asked for was not said to the end.
        exit(i32::from(crate::FAULT));
    }
}
