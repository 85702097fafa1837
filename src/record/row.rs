//! Records from the rows of a list: one column a member, one row a record.

use super::beside::{MediaType, Picture};
use super::codes::{TypeCode, UnifiedCode};
use super::identifier::Identifier;
use super::member::Member;
use super::parts::{DocumentType, Field, Holder, Issuer, Item, Parts};
use super::{Record, RecordError, RecordErrorKind};
use crate::time::Date;

/// Which member each column of a list fills.
///
/// Columns are named as errors name members: `number`, `holder.name`, `valid.to`; `fields.承租人` is the field of that label,
/// `pictures.照片` the picture, whose cells the caller resolves. `serial` stands for `identifier`: it is put between the codes of
/// type and issuer, as version 1, and the check character is worked out. What no column gives comes from a base record, but
/// never what tells one result from another: number, identifier and holder. An empty cell says nothing.
///
/// ```
/// use yinxin::limits::Limits;
/// use yinxin::record::{Columns, Record};
///
/// let base = include_bytes!("../../examples/data/records/residence.json");
/// let base = Record::from_json(base, &Limits::DEFAULT)?;
/// let heads = ["number", "serial", "holder.name", "holder.code"];
/// let columns = Columns::new(&heads, Some(&base))?;
/// let record = columns.record(&["居2030000002", "2030052012746", "林若溪", "109900198809264025"], |_| None)?;
/// assert_eq!(record.number(), "居2030000002");
/// assert!(record.identifier().as_str().contains(".2030052012746.001."));
///
/// // A member that tells people apart never comes from the base.
/// let error = Columns::new(&heads[..3], Some(&base)).unwrap_err();
/// assert_eq!(error.to_string(), "holder.code: missing");
/// # Ok::<(), yinxin::record::RecordError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Columns {
    members: Vec<Member>,
    base: Option<Parts>,
}

/// What tells one result from another.
const OWN: [Member; 3] = [Member::Number, Member::HolderName, Member::HolderCode];

impl Columns {
    /// Takes the heads of a list's columns, and the record that says what all rows have in common.
    ///
    /// # Errors
    /// Occurs if a head is no member or is there twice, or if a member is missing that neither a column nor the base gives.
    pub fn new(heads: &[impl AsRef<str>], base: Option<&Record>) -> Result<Self, RecordError> {
        let mut members: Vec<Member> = Vec::new();
        for head in heads {
            let head = head.as_ref();
            let shown = || {
                head.chars()
                    .take(40)
                    .flat_map(char::escape_default)
                    .collect::<String>()
            };
            let member =
                Member::of_column(head).ok_or_else(|| RecordError::new(shown(), RecordErrorKind::Unknown))?;
            // A list has at most some hundred columns.
            if members.contains(&member) {
                return Err(RecordError::new(member.path(), RecordErrorKind::Duplicate));
            }
            members.push(member);
        }
        for (name, member) in Member::required() {
            let given = base.is_some() && !OWN.contains(member);
            if !given && !members.contains(member) {
                return Err(RecordError::new(name, RecordErrorKind::Missing));
            }
        }
        let named = |member| members.contains(&member);
        match (named(Member::Identifier), named(Member::Serial)) {
            (false, false) => return Err(RecordError::new("identifier", RecordErrorKind::Missing)),
            (true, true) => return Err(RecordError::new("serial", RecordErrorKind::Duplicate)),
            _ => {}
        }
        Ok(Self {
            members,
            base: base.map(|record| record.0.clone()),
        })
    }

    /// The record of one row. `picture` tells the format and digest of the picture that a cell names.
    ///
    /// # Errors
    /// Occurs if the row has more or fewer cells than there are columns (then the path is empty), or a member is missing or
    /// invalid; the error names it.
    pub fn record(
        &self,
        cells: &[impl AsRef<str>],
        picture: impl Fn(&str) -> Option<(MediaType, [u8; 32])>,
    ) -> Result<Record, RecordError> {
        if cells.len() != self.members.len() {
            let expected = self.members.len();
            return Err(RecordError::new("", RecordErrorKind::Cells { expected }));
        }
        let cells = cells.iter().map(AsRef::as_ref);
        let row = Row {
            cells: self.members.iter().zip(cells).collect(),
            base: self.base.as_ref(),
        };
        let kind = DocumentType {
            code: match row.find(&Member::TypeCode) {
                Some(code) => code.parse().map_err(code_error("type.code"))?,
                None => row.base("type.code", |base| &base.kind.code)?.clone(),
            },
            name: row.text(&Member::TypeName, |base| &base.kind.name)?,
        };
        let issuer = Issuer {
            code: match row.find(&Member::IssuerCode) {
                Some(code) => code.parse().map_err(code_error("issuer.code"))?,
                None => row.base("issuer.code", |base| &base.issuer.code)?.clone(),
            },
            name: row.text(&Member::IssuerName, |base| &base.issuer.name)?,
        };
        let issued = row.day(&Member::Issued, |base| Some(base.issued))?;
        Record::new(Parts {
            item: Item {
                code: row.text(&Member::ItemCode, |base| &base.item.code)?,
                name: row.text(&Member::ItemName, |base| &base.item.name)?,
            },
            number: row.own(&Member::Number)?,
            identifier: row.identifier(&kind.code, &issuer.code)?,
            holder: Holder {
                name: row.own(&Member::HolderName)?,
                code_type: row.text(&Member::HolderCodeType, |base| &base.holder.code_type)?,
                code: row.own(&Member::HolderCode)?,
            },
            fields: row.fields(),
            decision: match row.find(&Member::Decision) {
                // Spreadsheets end lines in either way.
                Some(text) => Some(text.replace("\r\n", "\n")),
                None => self.base.as_ref().and_then(|base| base.decision.clone()),
            },
            tables: self
                .base
                .as_ref()
                .map_or_else(Vec::new, |base| base.tables.clone()),
            pictures: row.pictures(picture)?,
            issued: issued.ok_or_else(|| RecordError::new("issued", RecordErrorKind::Missing))?,
            valid_from: row.day(&Member::ValidFrom, |base| base.valid_from)?,
            valid_to: row.day(&Member::ValidTo, |base| base.valid_to)?,
            sample: match row.find(&Member::Sample) {
                Some("true") => true,
                Some("false") => false,
                Some(_) => {
                    let expected = "true or false";
                    return Err(RecordError::new("sample", RecordErrorKind::Type { expected }));
                }
                None => self.base.as_ref().is_some_and(|base| base.sample),
            },
            joint: self.base.as_ref().and_then(|base| base.joint.clone()),
            kind,
            issuer,
        })
    }
}

struct Row<'a> {
    cells: Vec<(&'a Member, &'a str)>,
    base: Option<&'a Parts>,
}

impl<'a> Row<'a> {
    /// The cell of a member, if there is one that says something.
    fn find(&self, member: &Member) -> Option<&'a str> {
        let cell = self.cells.iter().find(|(own, _)| *own == member);
        cell.map(|(_, cell)| *cell).filter(|cell| !cell.is_empty())
    }

    fn base<T: ?Sized>(
        &self,
        path: &str,
        member: impl FnOnce(&'a Parts) -> &'a T,
    ) -> Result<&'a T, RecordError> {
        let missing = || RecordError::new(path, RecordErrorKind::Missing);
        self.base.map(member).ok_or_else(missing)
    }

    fn text(
        &self,
        member: &Member,
        base: impl FnOnce(&'a Parts) -> &'a String,
    ) -> Result<String, RecordError> {
        match self.find(member) {
            Some(text) => Ok(text.to_owned()),
            None => self.base(&member.path(), base).cloned(),
        }
    }

    fn own(&self, member: &Member) -> Result<String, RecordError> {
        let missing = || RecordError::new(member.path(), RecordErrorKind::Missing);
        self.find(member).map(str::to_owned).ok_or_else(missing)
    }

    fn day(
        &self,
        member: &Member,
        base: impl FnOnce(&Parts) -> Option<Date>,
    ) -> Result<Option<Date>, RecordError> {
        match self.find(member) {
            Some(text) => match text.parse() {
                Ok(day) => Ok(Some(day)),
                Err(_) => Err(RecordError::new(member.path(), RecordErrorKind::NotADate)),
            },
            None => Ok(self.base.and_then(base)),
        }
    }

    fn identifier(&self, kind: &TypeCode, issuer: &UnifiedCode) -> Result<Identifier, RecordError> {
        let fail = |path: &str, error| RecordError::new(path, RecordErrorKind::Identifier(error));
        if let Some(serial) = self.find(&Member::Serial) {
            return Identifier::compose(kind, issuer, serial, 1).map_err(|error| fail("serial", error));
        }
        let text = self.own(&Member::Identifier)?;
        text.parse().map_err(|error| fail("identifier", error))
    }

    /// The fields of the base with the values of the row, then those that the base does not have.
    fn fields(&self) -> Vec<Field> {
        let mut fields = self.base.map_or_else(Vec::new, |base| base.fields.clone());
        for (member, cell) in &self.cells {
            let Member::Field(label) = member else { continue };
            let known = fields.iter().position(|field| field.label == *label);
            match (known, cell.is_empty()) {
                // What a column is about never comes from the base.
                (Some(at), true) => drop(fields.remove(at)),
                (Some(at), false) => {
                    if let Some(field) = fields.get_mut(at) {
                        (*cell).clone_into(&mut field.value);
                    }
                }
                (None, true) => {}
                (None, false) => fields.push(Field {
                    label: label.clone(),
                    value: (*cell).to_owned(),
                }),
            }
        }
        fields
    }

    /// Pictures are of one record each, so none comes from the base.
    fn pictures(
        &self,
        find: impl Fn(&str) -> Option<(MediaType, [u8; 32])>,
    ) -> Result<Vec<Picture>, RecordError> {
        let mut pictures = Vec::new();
        for (member, cell) in &self.cells {
            let Member::Picture(label) = member else { continue };
            if cell.is_empty() {
                continue;
            }
            let missing = || RecordError::new(member.path(), RecordErrorKind::Missing);
            let (media_type, sha256) = find(cell).ok_or_else(missing)?;
            pictures.push(Picture {
                label: label.clone(),
                media_type,
                sha256,
            });
        }
        Ok(pictures)
    }
}

fn code_error(path: &'static str) -> impl FnOnce(super::CodeError) -> RecordError {
    move |error| RecordError::new(path, RecordErrorKind::Code(error))
}

#[cfg(test)]
mod tests {
    use super::super::member::NAMES;
    use super::*;
    use crate::limits::Limits;

    fn base() -> Record {
        let json = include_bytes!("../../examples/data/records/residence.json");
        Record::from_json(json, &Limits::DEFAULT).unwrap()
    }

    const HEADS: [&str; 4] = ["number", "identifier", "holder.name", "holder.code"];

    fn cells() -> [String; 4] {
        let record = base();
        [
            record.number().to_owned(),
            record.identifier().to_string(),
            record.holder().name.clone(),
            record.holder().code.clone(),
        ]
    }

    #[test]
    fn row_of_the_base_is_the_base() {
        let columns = Columns::new(&HEADS, Some(&base())).unwrap();
        assert_eq!(columns.record(&cells(), |_| None), Ok(base()));
    }

    #[test]
    fn columns_alone_make_a_record() {
        let base = base();
        let names = NAMES.iter().map(|(name, _)| *name);
        let mut heads: Vec<String> = names
            .filter(|name| *name != "serial" && Member::of_column(name).is_some())
            .map(str::to_owned)
            .collect();
        heads.extend(
            base.fields()
                .iter()
                .map(|field| format!("fields.{}", field.label)),
        );
        let json: serde_json::Value = serde_json::from_str(&base.to_json()).unwrap();
        let cells: Vec<String> = heads
            .iter()
            .map(|head| {
                let field = head.strip_prefix("fields.");
                match field.map(|label| base.fields().iter().find(|field| field.label == label)) {
                    Some(field) => field.unwrap().value.clone(),
                    None => match json.pointer(&format!("/{}", head.replace('.', "/"))) {
                        Some(serde_json::Value::String(text)) => text.clone(),
                        Some(other) => other.to_string(),
                        None => String::new(),
                    },
                }
            })
            .collect();
        let columns = Columns::new(&heads, None).unwrap();
        assert_eq!(columns.record(&cells, |_| None), Ok(base));
    }

    #[test]
    fn heads_are_refused_by_name() {
        let path = |heads: &[&str], base: Option<&Record>| {
            let error = Columns::new(heads, base).unwrap_err();
            (error.path().to_owned(), error.kind().clone())
        };
        let base = base();
        let own = [&HEADS[..], &["holder.nmae"]].concat();
        assert_eq!(
            path(&own, Some(&base)),
            ("holder.nmae".into(), RecordErrorKind::Unknown)
        );
        let twice = [&HEADS[..], &["number"]].concat();
        assert_eq!(
            path(&twice, Some(&base)),
            ("number".into(), RecordErrorKind::Duplicate)
        );
        let both = [&HEADS[..], &["serial"]].concat();
        assert_eq!(
            path(&both, Some(&base)),
            ("serial".into(), RecordErrorKind::Duplicate)
        );
        assert_eq!(path(&HEADS, None), ("item.code".into(), RecordErrorKind::Missing));
        for (at, left_out) in HEADS.iter().enumerate().take(4) {
            let mut fewer = HEADS.to_vec();
            fewer.remove(at);
            let missing = ((*left_out).to_owned(), RecordErrorKind::Missing);
            assert_eq!(path(&fewer, Some(&base)), missing);
        }
        let table = [&HEADS[..], &["tables.名册"]].concat();
        assert_eq!(path(&table, Some(&base)).1, RecordErrorKind::Unknown);
    }

    #[test]
    fn cells_are_refused_by_their_member() {
        let heads = [&HEADS[..], &["issued", "sample", "pictures.照片"]].concat();
        let columns = Columns::new(&heads, Some(&base())).unwrap();
        let mut good = cells().to_vec();
        good.extend(["", "", ""].map(String::from));
        assert_eq!(columns.record(&good, |_| None), Ok(base()));
        for (at, cell, says) in [
            (0, "", "number: missing"),
            (1, "1.2", "identifier: "),
            (2, "", "holder.name: missing"),
            (3, "109900198809264026", "holder.code: check character"),
            (4, "2030/06/01", "issued: not a date"),
            (5, "yes", "sample: not true or false"),
            (6, "photo.png", "pictures.照片: missing"),
        ] {
            let mut row = good.clone();
            cell.clone_into(&mut row[at]);
            let error = columns.record(&row, |_| None).unwrap_err().to_string();
            assert!(error.starts_with(says), "{error}");
        }
        let error = columns.record(&good[..3], |_| None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "record: has not one cell for each of 7 columns"
        );
    }

    #[test]
    fn empty_cell_of_a_field_takes_the_field_away() {
        let base = base();
        let label = &base.fields()[0].label;
        let heads = [
            &HEADS.map(String::from)[..],
            &[format!("fields.{label}"), "fields.备注".into()],
        ]
        .concat();
        let columns = Columns::new(&heads, Some(&base)).unwrap();
        let mut row = cells().to_vec();
        row.extend([String::new(), "无".into()]);
        let record = columns.record(&row, |_| None).unwrap();
        assert_eq!(record.fields().len(), base.fields().len());
        assert!(record.fields().iter().all(|field| field.label != *label));
        assert_eq!(record.fields().last().unwrap().label, "备注");
    }
}
