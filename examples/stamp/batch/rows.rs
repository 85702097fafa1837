//! The rows of a list: CSV, JSON lines or a spreadsheet.

use std::path::Path;

use calamine::{Data, Reader as _};
use yinxin::limits::Limits;
use yinxin::record::{Columns, Record, RecordError, RecordErrorKind};

use super::report::Trouble;
use crate::asked::{self, Beside, REPLACES, REQUEST};
use crate::files::{self, Fault, Named as _, fault};
use crate::pictures::Folder;

/// Most bytes of a list read.
const LIST: u64 = 256 << 20;

/// One row and what it says.
pub struct Row {
    /// Its number in the list: the row of a spreadsheet, whose first has the heads, or the line.
    pub row: usize,
    /// The certificate number, as far as it could be read.
    pub number: String,
    pub record: Result<Record, Trouble>,
    /// What it says to the register.
    pub beside: Beside,
}

/// Reads every row of the list; what is wrong with one row is told in its place. For the `register`, rows have more columns and may
/// lack some.
pub fn read(
    path: &Path,
    base: Option<&Record>,
    pictures: &Folder,
    register: bool,
) -> Result<(Vec<u8>, Vec<Row>), Fault> {
    files::spare(path);
    let bytes = files::read(path, LIST)?;
    let name = path.display();
    let rows = if files::has_extension(path, "csv") {
        of_cells(csv(&bytes).named(&name)?, base, pictures, register)
    } else if ["xlsx", "xlsm", "xls", "ods"]
        .iter()
        .any(|kind| files::has_extension(path, kind))
    {
        of_cells(sheet(&bytes).named(&name)?, base, pictures, register)
    } else if ["jsonl", "ndjson"]
        .iter()
        .any(|kind| files::has_extension(path, kind))
    {
        if base.is_some() {
            return Err(fault!(
                "{name}: lines of JSON are whole records; leave out --base"
            ));
        }
        Ok(of_lines(&bytes, register))
    } else {
        return Err(fault!(
            "{name}: a list is .csv, .jsonl, .xlsx, .xls or .ods; save it as one of them"
        ));
    };
    Ok((bytes, rows.named(&name)?))
}

/// A row of cells, or what is wrong with it.
type Cells = Result<Vec<String>, Trouble>;

fn csv(bytes: &[u8]) -> Result<Vec<Cells>, Fault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|e| fault!("not UTF-8 at byte {}; save it as \"CSV UTF-8\"", e.valid_up_to()))?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        // A row that is too short is told as what is wrong with that row.
        .flexible(true)
        .from_reader(text.as_bytes());
    let rows = reader.records().map(|row| match row {
        Ok(row) => Ok(Ok(row.iter().map(str::to_owned).collect())),
        Err(error) => Err(fault!("{error}; save the list again")),
    });
    rows.collect()
}

fn sheet(bytes: &[u8]) -> Result<Vec<Cells>, Fault> {
    let unreadable = |e: calamine::Error| fault!("{e}; save the list again, or as CSV");
    let mut book = calamine::open_workbook_auto_from_rs(std::io::Cursor::new(bytes)).map_err(unreadable)?;
    let sheet = book
        .worksheet_range_at(0)
        .ok_or_else(|| fault!("it has no sheet; save the list again"))?
        .map_err(unreadable)?;
    // Rows are counted from the first of the sheet, as people see them.
    let skipped = sheet
        .start()
        .map_or(0, |(row, _)| usize::try_from(row).unwrap_or(0));
    let empty = (0..skipped).map(|_| Ok(Vec::new()));
    let rows = sheet
        .rows()
        .map(|row| row.iter().enumerate().map(|(at, cell)| plain(at, cell)).collect());
    Ok(empty.chain(rows).collect())
}

/// A cell as it would be typed.
fn plain(at: usize, cell: &Data) -> Result<String, Trouble> {
    let trouble = |error: String, remedy: &str| Trouble {
        member: format!("column {}", at + 1),
        error,
        remedy: remedy.to_owned(),
    };
    Ok(match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        Data::Bool(flag) => flag.to_string(),
        Data::Int(number) => number.to_string(),
        // A spreadsheet keeps fifteen digits of a number: longer ones, such as identity numbers, have lost their end.
        Data::Float(number) if number.abs() < 1e15 => number.to_string(),
        Data::Float(_) | Data::DurationIso(_) => {
            return Err(trouble(
                "a number that the spreadsheet has rounded".into(),
                "format the column as text and enter it again",
            ));
        }
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::DateTimeIso(text) => text.get(..10).unwrap_or(text).to_owned(),
        other => {
            return Err(trouble(format!("cannot be read: {other}"), "correct the cell"));
        }
    })
}

fn of_cells(
    rows: Vec<Cells>,
    base: Option<&Record>,
    pictures: &Folder,
    register: bool,
) -> Result<Vec<Row>, Fault> {
    let mut rows = rows.into_iter().zip(1..);
    let (heads, first) = rows
        .by_ref()
        .find(|(row, _)| {
            row.as_ref()
                .is_ok_and(|cells| cells.iter().any(|cell| !cell.is_empty()))
        })
        .ok_or_else(|| fault!("it has no rows; the first one names the columns"))?;
    let mut heads = heads.unwrap_or_default();
    while heads.last().is_some_and(String::is_empty) {
        heads.pop();
    }
    let width = heads.len();
    let for_register = ForRegister::take(&mut heads, register);
    let columns = Columns::new(&heads, base).map_err(|error| {
        let remedy = match error.kind() {
            RecordErrorKind::Missing => "add the column",
            RecordErrorKind::Duplicate => "keep one of them",
            _ => "columns are named as members are: number, holder.name, fields.LABEL, pictures.LABEL",
        };
        fault!("row {first}: column {error}; {remedy}")
    })?;
    let number = heads.iter().position(|head| head == "number");
    let mut out = Vec::new();
    for (cells, row) in rows {
        let mut cells = match cells {
            Ok(cells) => cells,
            Err(trouble) => {
                out.push(Row {
                    row,
                    number: String::new(),
                    record: Err(trouble),
                    beside: Beside::default(),
                });
                continue;
            }
        };
        // Spreadsheets end rows with cells that nobody filled.
        while cells.len() > width && cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        if cells.iter().all(String::is_empty) {
            continue;
        }
        // Checked before cells are taken out: a row that lacks one would be read askew.
        if register && cells.len() != width {
            let kind = RecordErrorKind::Cells { expected: width };
            out.push(Row {
                row,
                number: String::new(),
                record: Err(Trouble {
                    member: String::new(),
                    error: kind.to_string(),
                    remedy: "give the row a cell for every column".to_owned(),
                }),
                beside: Beside::default(),
            });
            continue;
        }
        let beside = for_register.take_cells(&mut cells);
        let record = columns.record(&cells, |name| pictures.named(name));
        out.push(Row {
            row,
            number: number.and_then(|at| cells.get(at)).cloned().unwrap_or_default(),
            record: record.map_err(|error| Trouble::of_record(&error)),
            beside,
        });
    }
    Ok(out)
}

/// The columns that are for the register and not for the record.
#[derive(Default)]
struct ForRegister {
    request: Option<usize>,
    replaces: Option<usize>,
    /// Whether no column gives the identifier: then a stand-in is put where a serial would be.
    identifier_left: bool,
}

impl ForRegister {
    /// Takes them out of the heads.
    fn take(heads: &mut Vec<String>, register: bool) -> Self {
        if !register {
            return Self::default();
        }
        let find = |name: &str| heads.iter().position(|head| head == name);
        let (request, replaces) = (find(REQUEST), find(REPLACES));
        let identifier_left = find("identifier").or(find("serial")).is_none();
        let taken = Self {
            request,
            replaces,
            identifier_left,
        };
        taken.remove(heads);
        if identifier_left {
            heads.push("serial".to_owned());
        }
        taken
    }

    /// Takes them out of a row that has all its cells.
    fn take_cells(&self, cells: &mut Vec<String>) -> Beside {
        let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)).filter(|cell| !cell.is_empty());
        let beside = Beside {
            request: cell(self.request).cloned(),
            replaces: cell(self.replaces).cloned(),
            identifier_left: self.identifier_left,
        };
        self.remove(cells);
        if self.identifier_left {
            cells.push("0".to_owned());
        }
        beside
    }

    fn remove(&self, row: &mut Vec<String>) {
        let mut columns: Vec<usize> = self.request.into_iter().chain(self.replaces).collect();
        columns.sort_unstable();
        for at in columns.into_iter().rev() {
            row.remove(at);
        }
    }
}

fn of_lines(bytes: &[u8], register: bool) -> Vec<Row> {
    let lines = bytes.split(|byte| *byte == b'\n').zip(1..);
    let rows = lines
        .filter(|(line, _)| !line.trim_ascii().is_empty())
        .map(|(line, row)| {
            let line = line.trim_ascii();
            let (record, beside) = match register {
                true => match asked::read(line) {
                    Ok((record, beside)) => (Ok(record), beside),
                    Err(fault) => (Err(Trouble::split("", &fault)), Beside::default()),
                },
                false => {
                    let record = Record::from_json(line, &Limits::DEFAULT);
                    (
                        record.map_err(|error: RecordError| Trouble::of_record(&error)),
                        Beside::default(),
                    )
                }
            };
            Row {
                row,
                number: record
                    .as_ref()
                    .map(|record| record.number().to_owned())
                    .unwrap_or_default(),
                record,
                beside,
            }
        });
    rows.collect()
}
