//! The JSON form. Read through a tree that keeps repeated members, so that every complaint can name its member.

mod tree;
mod write;

use super::beside::{Picture, Table};
use super::parts::{DocumentType, Field, Holder, Issuer, Item, Joint, Parts, SealingOrder};
use super::{COLUMNS, FIELDS, JOINT_ISSUERS, PICTURES, ROWS, RecordError, RecordErrorKind, TABLES};
use crate::limits::Limits;
use crate::time::Date;
use tree::{At, Members, Tree, array, mistyped, text, texts};
pub(super) use write::write;

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Parts, RecordError> {
    if bytes.len() > limits.record_bytes {
        let kind = RecordErrorKind::TooMany(limits.record_bytes);
        return Err(RecordError::new("", kind));
    }
    let tree: Tree = serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        RecordError::new("", RecordErrorKind::Json { line, column })
    })?;
    let mut members = Members::of(tree, "")?;
    let mut item = members.object("item")?;
    let mut kind = members.object("type")?;
    let number = members.text("number")?;
    let identifier = members.parse("identifier", RecordErrorKind::Identifier)?;
    let mut holder = members.object("holder")?;
    let mut issuer = members.object("issuer")?;
    let fields = members.fields()?;
    let decision = members.optional("decision")?.map(text).transpose()?;
    let tables = members.list("tables", TABLES, table)?;
    let pictures = members.list("pictures", PICTURES, picture)?;
    let issued = members.date("issued")?;
    let (valid_from, valid_to) = members.validity()?;
    let sample = members.sample()?;
    let joint = members.optional("joint")?.map(joint).transpose()?;
    members.end()?;
    Ok(Parts {
        item: Item {
            code: item.text("code")?,
            name: item.last_text("name")?,
        },
        kind: DocumentType {
            code: kind.parse("code", RecordErrorKind::Code)?,
            name: kind.last_text("name")?,
        },
        number,
        identifier,
        holder: Holder {
            name: holder.text("name")?,
            code_type: holder.text("code_type")?,
            code: holder.last_text("code")?,
        },
        issuer: Issuer {
            code: issuer.parse("code", RecordErrorKind::Code)?,
            name: issuer.last_text("name")?,
        },
        fields,
        decision,
        tables,
        pictures,
        issued,
        valid_from,
        valid_to,
        sample,
        joint,
    })
}

impl Members {
    fn date(&mut self, name: &str) -> Result<Date, RecordError> {
        self.parse(name, |_| RecordErrorKind::NotADate)
    }

    fn fields(&mut self) -> Result<Vec<Field>, RecordError> {
        let (path, items) = array(self.required("fields")?, FIELDS)?;
        let field = |(at, tree)| {
            let mut members = Self::of(tree, &format!("{path}[{at}]"))?;
            Ok(Field {
                label: members.text("label")?,
                value: members.last_text("value")?,
            })
        };
        items.into_iter().enumerate().map(field).collect()
    }

    fn validity(&mut self) -> Result<(Option<Date>, Option<Date>), RecordError> {
        let Some(At { path, tree }) = self.optional("valid")? else {
            return Ok((None, None));
        };
        let mut members = Self::of(tree, &path)?;
        let mut day = |name: &str| match members.optional(name)? {
            Some(at) => {
                let path = at.path.clone();
                let day = text(at)?.parse();
                day.map(Some)
                    .map_err(|_| RecordError::new(path, RecordErrorKind::NotADate))
            }
            None => Ok(None),
        };
        let days = (day("from")?, day("to")?);
        members.end()?;
        if days == (None, None) {
            return Err(RecordError::new(path, RecordErrorKind::Missing));
        }
        Ok(days)
    }

    fn sample(&mut self) -> Result<bool, RecordError> {
        match self.optional("sample")? {
            None => Ok(false),
            Some(At {
                tree: Tree::Bool(flag),
                ..
            }) => Ok(flag),
            Some(At { path, .. }) => Err(mistyped(&path, "true or false")),
        }
    }
}

fn joint(at: At) -> Result<Joint, RecordError> {
    let mut members = Members::of(at.tree, &at.path)?;
    let issuer = |mut members: Members| {
        Ok(Issuer {
            code: members.parse("code", RecordErrorKind::Code)?,
            name: members.last_text("name")?,
        })
    };
    let issuers = members.list("issuers", JOINT_ISSUERS, issuer)?;
    let order = match members.optional("order")? {
        None => SealingOrder::default(),
        Some(at) => {
            let path = at.path.clone();
            let order = text(at)?;
            let known = [SealingOrder::Any, SealingOrder::Listed];
            let found = known.into_iter().find(|known| known.name() == order);
            found.ok_or_else(|| mistyped(&path, "`any` or `listed`"))?
        }
    };
    members.end()?;
    Ok(Joint { issuers, order })
}

fn table(mut members: Members) -> Result<Table, RecordError> {
    let label = members.text("label")?;
    let columns = texts(members.required("columns")?, COLUMNS)?;
    let (path, rows) = array(members.required("rows")?, ROWS)?;
    let row = |(at, tree)| {
        let path = format!("{path}[{at}]");
        texts(At { path, tree }, COLUMNS)
    };
    let rows = rows.into_iter().enumerate().map(row).collect::<Result<_, _>>()?;
    members.end()?;
    Ok(Table { label, columns, rows })
}

fn picture(mut members: Members) -> Result<Picture, RecordError> {
    let picture = Picture {
        label: members.text("label")?,
        media_type: members.parse("type", RecordErrorKind::MediaType)?,
        sha256: members
            .parse::<Digest>("sha256", |NotADigest| RecordErrorKind::NotADigest)?
            .0,
    };
    members.end()?;
    Ok(picture)
}

/// 64 hexadecimal digits in lower case.
struct Digest([u8; 32]);

struct NotADigest;

impl core::str::FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let value = |digit: u8| match digit {
            b'0'..=b'9' => Ok(digit - b'0'),
            b'a'..=b'f' => Ok(digit - b'a' + 10),
            _ => Err(NotADigest),
        };
        let mut bytes = [0; 32];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return Err(NotADigest);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = value(*high)? << 4 | value(*low)?;
        }
        Ok(Self(bytes))
    }
}
