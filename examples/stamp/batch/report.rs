//! What could not be issued: a table with a line a row, to be opened in a spreadsheet beside the list.

use std::fmt::{self, Display};
use std::path::Path;

use yinxin::compose::ComposeError;
use yinxin::record::{RecordError, RecordErrorKind};

use crate::files::{Fault, Named as _, Outputs};

/// What is wrong with a row: where, what, and what to do.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub member: String,
    pub error: String,
    pub remedy: String,
}

impl Trouble {
    pub fn of_record(error: &RecordError) -> Self {
        let remedy = match error.kind() {
            RecordErrorKind::Missing if error.path().starts_with("pictures.") => {
                "put the picture into the folder of --pictures under the name of the cell"
            }
            RecordErrorKind::Missing => "fill in the cell",
            RecordErrorKind::Code(_) | RecordErrorKind::Identifier(_) => {
                "compare it with the holder's papers"
            }
            RecordErrorKind::Cells { .. } => "give the row a cell for every column",
            RecordErrorKind::NotADate => "write the day as 2030-06-01",
            RecordErrorKind::Order => "correct the days",
            RecordErrorKind::Text(_) => "correct the text",
            _ => "correct the cell",
        };
        Self {
            member: error.path().to_owned(),
            error: error.kind().to_string(),
            remedy: remedy.to_owned(),
        }
    }

    pub fn of_composing(error: &ComposeError) -> Self {
        let member = match error {
            ComposeError::MissingGlyph { member, element, .. } => member.as_ref().unwrap_or(element),
            ComposeError::MissingMember { member, .. } => member,
            ComposeError::Overflow { element, .. } => element,
            ComposeError::MissingPicture { label, .. } => label,
            _ => "",
        };
        Self::split(member, error)
    }

    /// An error whose text ends with its remedy.
    pub fn split(member: &str, error: &impl Display) -> Self {
        let text = error.to_string();
        let (error, remedy) = text.split_once("; ").unwrap_or((&text, ""));
        Self {
            member: member.to_owned(),
            error: error.to_owned(),
            remedy: remedy.to_owned(),
        }
    }
}

impl Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.member.as_str() {
            "" => f.write_str(&self.error),
            member => write!(f, "{member}: {}", self.error),
        }
    }
}

/// Writes the table; with its heads alone if every row was issued.
pub fn write(outputs: &Outputs, path: &Path, troubles: &[(usize, String, Trouble)]) -> Result<(), Fault> {
    let heads = ["row", "number", "member", "error", "remedy"];
    let rows = troubles.iter().map(|(row, number, trouble)| {
        let Trouble {
            member,
            error,
            remedy,
        } = trouble.clone();
        [row.to_string(), number.clone(), member, error, remedy]
    });
    table(outputs, path, heads, rows)
}

/// Writes a table to be opened in a spreadsheet.
pub fn table<const N: usize>(
    outputs: &Outputs,
    path: &Path,
    heads: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<(), Fault> {
    // Spreadsheets take a file for UTF-8 by this mark.
    let mut writer = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
    let name = path.display();
    writer.write_record(heads).named(&name)?;
    for cells in rows {
        writer.write_record(cells.map(|cell| inert(&cell))).named(&name)?;
    }
    let bytes = writer.into_inner().named(&name)?;
    outputs.write(path, &bytes)
}

/// The text, so that no spreadsheet takes it for a formula: the list may come from anybody.
fn inert(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}
