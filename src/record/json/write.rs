//! The JSON form, written: the members in the order of the schema.

use serde::Serialize;

use crate::record::beside::{Picture, Table};
use crate::record::parts::{Field, Issuer, Joint, Parts};
use crate::time::Date;

pub(in crate::record) fn write(parts: &Parts) -> String {
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
