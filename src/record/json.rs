//! The JSON form. Read through a tree that keeps repeated members, so that every complaint can name its member.

use core::fmt;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::beside::{Picture, Table};
use super::parts::{DocumentType, Field, Holder, Issuer, Item, Joint, Parts, SealingOrder};
use super::{COLUMNS, FIELDS, JOINT_ISSUERS, PICTURES, ROWS, RecordError, RecordErrorKind, TABLES};
use crate::limits::Limits;
use crate::time::Date;

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

pub(super) fn write(parts: &Parts) -> String {
    let valid = Validity {
        from: parts.valid_from,
        to: parts.valid_to,
    };
    let out = Written {
        item: Named::new(&parts.item.code, &parts.item.name),
        r#type: Named::new(parts.kind.code.as_str(), &parts.kind.name),
        number: &parts.number,
        identifier: parts.identifier.as_str(),
        holder: WrittenHolder {
            name: &parts.holder.name,
            code_type: &parts.holder.code_type,
            code: &parts.holder.code,
        },
        issuer: WrittenIssuer {
            name: &parts.issuer.name,
            code: parts.issuer.code.as_str(),
        },
        joint: parts.joint.as_ref().map(WrittenJoint::of),
        fields: parts
            .fields
            .iter()
            .map(|Field { label, value }| WrittenField { label, value })
            .collect(),
        decision: parts.decision.as_deref(),
        tables: parts.tables.iter().map(WrittenTable::of).collect(),
        pictures: parts.pictures.iter().map(WrittenPicture::of).collect(),
        issued: parts.issued,
        valid: (valid.from.is_some() || valid.to.is_some()).then_some(valid),
        sample: parts.sample.then_some(true),
    };
    // Strings and plain structures always serialise.
    serde_json::to_string_pretty(&out).unwrap_or_default()
}

#[derive(Serialize)]
struct Written<'a> {
    item: Named<'a>,
    r#type: Named<'a>,
    number: &'a str,
    identifier: &'a str,
    holder: WrittenHolder<'a>,
    issuer: WrittenIssuer<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    joint: Option<WrittenJoint<'a>>,
    fields: Vec<WrittenField<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tables: Vec<WrittenTable<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pictures: Vec<WrittenPicture<'a>>,
    issued: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid: Option<Validity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<bool>,
}

#[derive(Serialize)]
struct Named<'a> {
    code: &'a str,
    name: &'a str,
}

impl<'a> Named<'a> {
    fn new(code: &'a str, name: &'a str) -> Self {
        Self { code, name }
    }
}

#[derive(Serialize)]
struct WrittenHolder<'a> {
    name: &'a str,
    code_type: &'a str,
    code: &'a str,
}

#[derive(Serialize)]
struct WrittenIssuer<'a> {
    name: &'a str,
    code: &'a str,
}

#[derive(Serialize)]
struct WrittenJoint<'a> {
    issuers: Vec<WrittenIssuer<'a>>,
    order: &'static str,
}

impl<'a> WrittenJoint<'a> {
    fn of(joint: &'a Joint) -> Self {
        let issuer = |Issuer { name, code }: &'a Issuer| WrittenIssuer {
            name,
            code: code.as_str(),
        };
        Self {
            issuers: joint.issuers.iter().map(issuer).collect(),
            order: joint.order.name(),
        }
    }
}

#[derive(Serialize)]
struct WrittenField<'a> {
    label: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct WrittenTable<'a> {
    label: &'a str,
    columns: &'a [String],
    rows: &'a [Vec<String>],
}

impl<'a> WrittenTable<'a> {
    fn of(table: &'a Table) -> Self {
        let Table { label, columns, rows } = table;
        Self { label, columns, rows }
    }
}

#[derive(Serialize)]
struct WrittenPicture<'a> {
    label: &'a str,
    r#type: &'a str,
    sha256: String,
}

impl<'a> WrittenPicture<'a> {
    fn of(picture: &'a Picture) -> Self {
        Self {
            label: &picture.label,
            r#type: picture.media_type.as_str(),
            sha256: picture.sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

#[derive(Serialize)]
struct Validity {
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Date>,
}

/// A JSON value, repeated members kept. Numbers are told apart from nothing else, as no member is one.
enum Tree {
    Array(Vec<Self>),
    Bool(bool),
    Null,
    Number,
    Object(Vec<(String, Self)>),
    Text(String),
}

/// A value with the path that leads to it.
struct At {
    path: String,
    tree: Tree,
}

/// The members of one object that nobody has asked for yet.
struct Members {
    path: String,
    rest: Vec<(String, Tree)>,
}

impl Members {
    fn of(tree: Tree, path: &str) -> Result<Self, RecordError> {
        match tree {
            Tree::Object(rest) => Ok(Self {
                path: path.to_owned(),
                rest,
            }),
            _ => Err(mistyped(path, "an object")),
        }
    }

    fn path_of(&self, name: &str) -> String {
        match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }

    /// The member `name`, taken out. Called a fixed number of times per object, so the whole is linear.
    fn optional(&mut self, name: &str) -> Result<Option<At>, RecordError> {
        let path = self.path_of(name);
        let Some(place) = self.rest.iter().position(|(member, _)| member == name) else {
            return Ok(None);
        };
        let (_, tree) = self.rest.swap_remove(place);
        if self.rest.iter().any(|(member, _)| member == name) {
            return Err(RecordError::new(path, RecordErrorKind::Duplicate));
        }
        Ok(Some(At { path, tree }))
    }

    fn required(&mut self, name: &str) -> Result<At, RecordError> {
        let missing = RecordError::new(self.path_of(name), RecordErrorKind::Missing);
        self.optional(name)?.ok_or(missing)
    }

    fn object(&mut self, name: &str) -> Result<Self, RecordError> {
        let At { path, tree } = self.required(name)?;
        Self::of(tree, &path)
    }

    fn text(&mut self, name: &str) -> Result<String, RecordError> {
        text(self.required(name)?)
    }

    /// The last member: nothing may be left after it.
    fn last_text(&mut self, name: &str) -> Result<String, RecordError> {
        let text = self.text(name)?;
        self.end()?;
        Ok(text)
    }

    fn parse<T: core::str::FromStr>(
        &mut self,
        name: &str,
        kind: impl FnOnce(T::Err) -> RecordErrorKind,
    ) -> Result<T, RecordError> {
        let text = self.text(name)?;
        text.parse()
            .map_err(|e| RecordError::new(self.path_of(name), kind(e)))
    }

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

    /// The items of an optional array of objects, at most `most`.
    fn list<T>(
        &mut self,
        name: &str,
        most: usize,
        read: impl Fn(Self) -> Result<T, RecordError>,
    ) -> Result<Vec<T>, RecordError> {
        let Some(at) = self.optional(name)? else {
            return Ok(Vec::new());
        };
        let (path, items) = array(at, most)?;
        let item = |(at, tree)| read(Self::of(tree, &format!("{path}[{at}]"))?);
        items.into_iter().enumerate().map(item).collect()
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

    fn end(&self) -> Result<(), RecordError> {
        match self.rest.first() {
            None => Ok(()),
            Some((name, _)) => {
                let shown: String = name.chars().take(40).flat_map(char::escape_default).collect();
                Err(RecordError::new(self.path_of(&shown), RecordErrorKind::Unknown))
            }
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

fn array(at: At, most: usize) -> Result<(String, Vec<Tree>), RecordError> {
    match at.tree {
        Tree::Array(items) if items.len() <= most => Ok((at.path, items)),
        Tree::Array(_) => Err(RecordError::new(at.path, RecordErrorKind::TooMany(most))),
        _ => Err(mistyped(&at.path, "an array")),
    }
}

fn texts(at: At, most: usize) -> Result<Vec<String>, RecordError> {
    let (path, items) = array(at, most)?;
    let item = |(at, tree)| match tree {
        Tree::Text(text) => Ok(text),
        _ => Err(mistyped(&format!("{path}[{at}]"), "a string")),
    };
    items.into_iter().enumerate().map(item).collect()
}

fn text(at: At) -> Result<String, RecordError> {
    match at.tree {
        Tree::Text(text) => Ok(text),
        _ => Err(mistyped(&at.path, "a string")),
    }
}

fn mistyped(path: &str, expected: &'static str) -> RecordError {
    RecordError::new(path, RecordErrorKind::Type { expected })
}

/// Depth is bounded by serde_json itself (128).
impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a json value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(flag))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Tree::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Tree::Object(members))
    }
}
