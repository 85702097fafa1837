//! The members of a record by the names that lists, templates and errors give them.

#[cfg(feature = "compose")]
use super::Record;

/// A member that has one text. Lists have columns for them, templates placeholders; neither has all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Member {
    Decision,
    Field(String),
    HolderCode,
    HolderCodeType,
    /// The code as anybody may see it; templates alone.
    HolderMaskedCode,
    HolderName,
    Identifier,
    Issued,
    IssuerCode,
    IssuerName,
    ItemCode,
    ItemName,
    Number,
    /// Lists alone.
    Picture(String),
    /// Lists alone.
    Sample,
    /// What stands for the identifier in lists.
    Serial,
    TypeCode,
    TypeName,
    ValidFrom,
    ValidTo,
}

/// Members by name; those that every record has first, in the order of the JSON form.
pub(super) static NAMES: [(&str, Member); 18] = [
    ("item.code", Member::ItemCode),
    ("item.name", Member::ItemName),
    ("type.code", Member::TypeCode),
    ("type.name", Member::TypeName),
    ("number", Member::Number),
    ("holder.name", Member::HolderName),
    ("holder.code_type", Member::HolderCodeType),
    ("holder.code", Member::HolderCode),
    ("issuer.name", Member::IssuerName),
    ("issuer.code", Member::IssuerCode),
    ("issued", Member::Issued),
    ("identifier", Member::Identifier),
    ("serial", Member::Serial),
    ("decision", Member::Decision),
    ("valid.from", Member::ValidFrom),
    ("valid.to", Member::ValidTo),
    ("sample", Member::Sample),
    ("holder.masked_code", Member::HolderMaskedCode),
];
/// How many of the [`NAMES`] every record has, each under a name of its own.
const REQUIRED: usize = 11;
const FIELDS: &str = "fields.";
const PICTURES: &str = "pictures.";

impl Member {
    /// The member that a column of a list fills.
    pub(super) fn of_column(head: &str) -> Option<Self> {
        let picture = labelled(head, PICTURES).map(Self::Picture);
        let found = picture.or_else(|| Self::of(head))?;
        (found != Self::HolderMaskedCode).then_some(found)
    }

    /// Those that a list, or what its rows have in common, must give, with their names.
    pub(super) fn required() -> impl Iterator<Item = (&'static str, &'static Self)> {
        NAMES.iter().take(REQUIRED).map(|(name, member)| (*name, member))
    }

    /// The member that a placeholder of a template shows.
    #[cfg(feature = "compose")]
    pub(crate) fn of_placeholder(name: &str) -> Option<Self> {
        Self::of(name).filter(Self::is_shown)
    }

    /// What placeholders there are, for a message.
    #[cfg(feature = "compose")]
    pub(crate) fn placeholders() -> String {
        let shown = NAMES.iter().filter(|(_, member)| member.is_shown());
        let mut names: Vec<&str> = shown.map(|(name, _)| *name).collect();
        names.push("fields.LABEL");
        names.sort_unstable();
        names.join(", ")
    }

    /// The name as errors give it.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Field(label) => format!("{FIELDS}{label}"),
            Self::Picture(label) => format!("{PICTURES}{label}"),
            Self::HolderMaskedCode => Self::HolderCode.path(),
            own => {
                let known = NAMES.iter().find(|(_, member)| member == own);
                known.map_or(String::new(), |(name, _)| (*name).to_owned())
            }
        }
    }

    /// The member as the record has it; days in the form of ISO 8601.
    #[cfg(feature = "compose")]
    pub(crate) fn value(&self, record: &Record) -> Option<String> {
        Some(match self {
            Self::Decision => record.decision()?.to_owned(),
            Self::Field(label) => {
                let field = record.fields().iter().find(|field| field.label == *label)?;
                field.value.clone()
            }
            Self::HolderCode => record.holder().code.clone(),
            Self::HolderCodeType => record.holder().code_type.clone(),
            Self::HolderMaskedCode => record.holder().masked_code(),
            Self::HolderName => record.holder().name.clone(),
            Self::Identifier => record.identifier().to_string(),
            Self::Issued => record.issued().to_string(),
            Self::IssuerCode => record.issuer().code.to_string(),
            Self::IssuerName => record.issuer().name.clone(),
            Self::ItemCode => record.item().code.clone(),
            Self::ItemName => record.item().name.clone(),
            Self::Number => record.number().to_owned(),
            Self::TypeCode => record.kind().code.to_string(),
            Self::TypeName => record.kind().name.clone(),
            Self::ValidFrom => record.valid_from()?.to_string(),
            Self::ValidTo => record.valid_to()?.to_string(),
            Self::Picture(_) | Self::Sample | Self::Serial => return None,
        })
    }

    fn of(name: &str) -> Option<Self> {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known
            .map(|(_, member)| member.clone())
            .or_else(|| labelled(name, FIELDS).map(Self::Field))
    }

    #[cfg(feature = "compose")]
    fn is_shown(&self) -> bool {
        !matches!(self, Self::Picture(_) | Self::Sample | Self::Serial)
    }
}

fn labelled(name: &str, prefix: &str) -> Option<String> {
    let label = name.strip_prefix(prefix).filter(|label| !label.is_empty());
    label.map(str::to_owned)
}
