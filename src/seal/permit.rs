//! Whether the document may be sealed once more, and in which field.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::earlier;
use super::error::NAMES_LISTED;
use super::revision::Revision;
use super::{DocMdp, FieldFault, JointFault, SealError};
use crate::limits::Limits;
use crate::pdf::form::{FieldNode, FieldValue, FormBudget, FormOddity, FormOddityKind, NAME_BYTES};
use crate::pdf::{Dictionary, FieldLock, Indirect, Lock, Object, PdfError, Ref, View};

/// What the caller asks for, as far as the form and the earlier seals have a say in it.
pub(super) struct Asked {
    pub(super) certifies: Option<DocMdp>,
    pub(super) field: Option<String>,
    /// Whether a place was given.
    pub(super) placed: bool,
    /// Whether there is a place for a new field: given, or reserved by the draft.
    pub(super) has_place: bool,
    /// Whether something is to be drawn besides the seal: a code, a riding-seam seal.
    pub(super) draws: bool,
    /// Whether it is the seal of one of several bodies, of which only the first certifies.
    pub(super) is_joint: bool,
}

/// What was permitted.
pub(super) struct Permit<'a> {
    pub(super) target: Target<'a>,
    /// The level to certify with: as asked for, or what the field's lock leaves of it.
    pub(super) certifies: Option<DocMdp>,
    /// The fields that are sealed already.
    pub(super) signed: Vec<Signed>,
}

impl Permit<'_> {
    /// Whether the document carries a seal already.
    pub(super) fn is_sealed(&self) -> bool {
        !self.signed.is_empty()
    }
}

/// The field that takes the seal.
pub(super) enum Target<'a> {
    /// One to be made, with this name.
    New(String),
    /// An empty one of the document.
    Empty(EmptyField<'a>),
}

impl Target<'_> {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::New(name) => name,
            Self::Empty(field) => &field.name,
        }
    }

    /// The lock that comes into force with the seal.
    pub(super) fn lock(&self) -> Option<&FieldLock> {
        match self {
            Self::New(_) => None,
            Self::Empty(field) => field.lock.as_ref(),
        }
    }
}

/// An empty signature field that stands as it may be filled.
pub(super) struct EmptyField<'a> {
    pub(super) name: String,
    pub(super) field: Arc<Indirect<'a>>,
    /// Its widget, where that is another object (12.5.6.19 lets the two be one).
    pub(super) widget: Option<Arc<Indirect<'a>>>,
    pub(super) lock: Option<FieldLock>,
}

impl<'a> EmptyField<'a> {
    /// The object that is shown on a page, if one is.
    pub(super) fn shown(&self) -> &Arc<Indirect<'a>> {
        self.widget.as_ref().unwrap_or(&self.field)
    }

    pub(super) fn fault(&self, fault: FieldFault) -> SealError {
        self::fault(&self.name, fault)
    }
}

/// A signature field with a value.
pub(super) struct Signed {
    pub(super) name: String,
    /// The field's object; `None` if it has none.
    pub(super) field: Option<Ref>,
    /// The signature dictionary; `None` if it is no object of its own.
    pub(super) value: Option<Ref>,
}

pub(super) fn fault(name: &str, fault: FieldFault) -> SealError {
    SealError::Field {
        name: name.to_owned(),
        fault,
    }
}

/// What the names of fields made here start with.
const SEAL: &str = "Seal";
const TIME_STAMP: &str = "TimeStamp";

impl<'a> Revision<'_, 'a> {
    /// The name of a field for a document time stamp, and whether the form says already that the file has signatures. Time
    /// stamps are permitted after every seal (ISO 32000-2, 12.8.2.2).
    pub(super) fn permit_time_stamp(&self) -> Result<(String, bool), SealError> {
        let mut budget = FormBudget::new(&Limits::DEFAULT);
        let form = Form::read(&self.view, None, &mut budget)?;
        let encryption = self.view.document().encryption();
        if encryption.is_some_and(|encryption| !encryption.permits_new_fields()) {
            return Err(SealError::OwnerPasswordNeeded);
        }
        Ok((form.free_name(TIME_STAMP), !form.signed.is_empty()))
    }

    /// The field that takes the seal. Refuses what would break an earlier seal.
    pub(super) fn permit(&self, asked: &Asked) -> Result<Permit<'a>, SealError> {
        let mut budget = FormBudget::new(&Limits::DEFAULT);
        let form = Form::read(&self.view, asked.field.as_deref(), &mut budget)?;
        let target = match &asked.field {
            None => Target::New(form.free_name(SEAL)),
            Some(name) => match form.named(&self.view, name, &mut budget)? {
                Some(field) => Target::Empty(field),
                None => Target::New(new_name(name)?),
            },
        };
        let prepared: Vec<String> = form.prepared.into_values().take(NAMES_LISTED).collect();
        match &target {
            Target::New(name) if asked.is_joint => {
                return Err(SealError::Joint(JointFault::NoField(name.clone())));
            }
            Target::Empty(field) if asked.placed => return Err(field.fault(FieldFault::OwnPlace)),
            Target::New(_) if !asked.has_place && !prepared.is_empty() => {
                return Err(SealError::PreparedFields {
                    asked: asked.field.clone(),
                    fields: prepared,
                });
            }
            _ => {}
        }
        if let Some(encryption) = self.view.document().encryption() {
            let permitted = match &target {
                Target::New(_) => encryption.permits_new_fields(),
                Target::Empty(_) => encryption.permits_signing_fields(),
            };
            if !permitted {
                return Err(SealError::OwnerPasswordNeeded);
            }
        }
        earlier::respect(
            &self.view,
            &form.signed,
            &target,
            asked.draws,
            &prepared,
            &mut budget,
        )?;
        let is_sealed = !form.signed.is_empty();
        let asked_level = asked.certifies.filter(|_| !(asked.is_joint && is_sealed));
        if asked_level.is_some() && is_sealed {
            return Err(SealError::FirstSealOnly);
        }
        let allowed = target.lock().and_then(|lock| lock.permission);
        // The lock's permission counts besides the certification, so the less of the two is in effect either way (table 236).
        let least = |level: DocMdp| {
            allowed
                .and_then(DocMdp::of)
                .map_or(level, |allowed| allowed.min(level))
        };
        Ok(Permit {
            target,
            certifies: asked_level.map(least),
            signed: form.signed,
        })
    }
}

fn new_name(name: &str) -> Result<String, SealError> {
    let wrong = if name.is_empty() {
        FieldFault::EmptyName
    } else if name.len() > NAME_BYTES {
        FieldFault::NameTooLong
    } else if name.contains('.') {
        FieldFault::Period
    } else {
        return Ok(name.to_owned());
    };
    Err(fault(name, wrong))
}

/// What sealing must know of the form.
#[derive(Default)]
struct Form<'a> {
    signed: Vec<Signed>,
    /// Names of empty signature fields, by their place in the walk; a few more than are told.
    prepared: BTreeMap<usize, String>,
    /// The numbers n of fields named `Sealn` or `TimeStampn`.
    numbers: BTreeSet<(&'static str, u64)>,
    named: Vec<Named<'a>>,
}

/// A field with the name asked for.
struct Named<'a> {
    index: usize,
    object: Option<Arc<Indirect<'a>>>,
    is_signature: bool,
    value: Value,
    is_read_only: bool,
    has_fields: bool,
    /// Kids without a name; `None` for one that is no object of its own.
    widgets: Vec<Option<Arc<Indirect<'a>>>>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Value {
    Empty,
    /// A reference to nothing, which means null (7.3.10). Verifiers ask what it referred to.
    Missing,
    Signed,
}

impl Value {
    fn of(view: &View<'_, '_>, value: FieldValue) -> Result<Self, PdfError> {
        Ok(match value {
            FieldValue::Null => Self::Empty,
            FieldValue::Reference(id) if view.resolve(&Object::Reference(id))?.is_null() => Self::Missing,
            _ => Self::Signed,
        })
    }
}

/// Bit 1 of `/Ff` (table 227).
const READ_ONLY: i64 = 1;

impl<'a> Form<'a> {
    fn read(view: &View<'_, 'a>, wanted: Option<&str>, budget: &mut FormBudget) -> Result<Self, SealError> {
        let mut form = Self::default();
        let mut failed = None;
        let mut empty = true;
        let oddities = view.walk_form(budget, |node| {
            empty = false;
            if let Err(error) = form.take(view, node, wanted) {
                failed.get_or_insert(error);
            }
        })?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        if let Some(oddity) = oddities.into_iter().next() {
            return Err(SealError::Form(oddity));
        }
        if form.signed.len() > Limits::DEFAULT.signatures {
            let (kind, name) = (FormOddityKind::TooMany, String::new());
            return Err(SealError::Form(FormOddity { kind, name }));
        }
        if is_dynamic_xfa(view, empty)? {
            return Err(SealError::Xfa);
        }
        Ok(form)
    }

    fn take(
        &mut self,
        view: &View<'_, 'a>,
        node: &FieldNode<'_, 'a>,
        wanted: Option<&str>,
    ) -> Result<(), PdfError> {
        if !node.is_field {
            let above = self
                .named
                .iter_mut()
                .find(|field| Some(field.index) == node.above);
            if let Some(field) = above {
                // Enough to see that there are several.
                if field.widgets.len() < 2 {
                    field.widgets.push(node.object.cloned());
                }
            }
        } else if let Some(above) = node.above {
            // A field of fields is none that can be sealed.
            self.prepared.remove(&above);
            if let Some(field) = self.named.iter_mut().find(|field| field.index == above) {
                field.has_fields = true;
            }
        }
        if node.is_signature()
            && Value::of(view, node.value)? == Value::Signed
            && self.signed.len() <= Limits::DEFAULT.signatures
        {
            self.signed.push(Signed {
                name: node.name.to_owned(),
                field: node.object.map(|object| object.id),
                value: match node.value {
                    FieldValue::Reference(id) => Some(id),
                    _ => None,
                },
            });
        }
        if !node.is_field {
            return Ok(());
        }
        let numbered = |prefix: &'static str| {
            let digits = node.name.strip_prefix(prefix)?;
            Some((prefix, digits.parse::<u64>().ok()?))
        };
        self.numbers
            .extend([SEAL, TIME_STAMP].into_iter().filter_map(numbered));
        if !node.is_signature() && wanted != Some(node.name) {
            return Ok(());
        }
        let value = Value::of(view, node.inherited_value)?;
        if node.is_signature() && value == Value::Empty && self.prepared.len() <= NAMES_LISTED {
            self.prepared.insert(node.index, node.name.to_owned());
        }
        if wanted == Some(node.name) && self.named.len() < 2 {
            self.named.push(Named {
                index: node.index,
                object: node.object.cloned(),
                is_signature: node.is_signature(),
                value,
                is_read_only: node.flags & READ_ONLY != 0,
                has_fields: false,
                widgets: vec![],
            });
        }
        Ok(())
    }

    /// `prefix` and the first number that is free.
    fn free_name(&self, prefix: &'static str) -> String {
        let taken = |number: &u64| self.numbers.contains(&(prefix, *number));
        let number = (1..=u64::MAX).find(|number| !taken(number));
        format!("{prefix}{}", number.unwrap_or_default())
    }

    /// The empty signature field called `name`, if a field is called so.
    fn named(
        &self,
        view: &View<'_, 'a>,
        name: &str,
        budget: &mut FormBudget,
    ) -> Result<Option<EmptyField<'a>>, SealError> {
        let refuse = |wrong| Err(fault(name, wrong));
        let field = match self.named.as_slice() {
            [] => return Ok(None),
            [field] => field,
            _ => return refuse(FieldFault::Ambiguous),
        };
        if !field.is_signature || field.has_fields {
            return refuse(FieldFault::NotSignature);
        }
        match field.value {
            Value::Empty => {}
            Value::Missing => return refuse(FieldFault::ValueMissing),
            Value::Signed => return refuse(FieldFault::Signed),
        }
        if field.is_read_only {
            return refuse(FieldFault::ReadOnly);
        }
        let Some(object) = &field.object else {
            return refuse(FieldFault::Direct);
        };
        let dictionary = object.dictionary().map_or_else(Dictionary::default, Clone::clone);
        let widget = match field.widgets.as_slice() {
            [] => None,
            [None] => return refuse(FieldFault::Direct),
            [Some(widget)] if !dictionary.is_name(b"Subtype", b"Widget") => Some(Arc::clone(widget)),
            _ => return refuse(FieldFault::SeveralWidgets),
        };
        let lock = match view.lock(&dictionary, b"Lock", budget)? {
            Lock::None => None,
            Lock::Lock(lock) if matches!(lock.permission, None | Some(1..=3)) => Some(lock),
            _ => return refuse(FieldFault::Lock),
        };
        Ok(Some(EmptyField {
            name: name.to_owned(),
            field: Arc::clone(object),
            widget,
            lock,
        }))
    }
}

/// Whether what the document shows is made by an XFA processor and not by its pages: it asks to be rendered anew
/// (`/NeedsRendering`, ISO 32000-1, table 28), or its form has XFA and no field of its own.
fn is_dynamic_xfa(view: &View<'_, '_>, has_no_fields: bool) -> Result<bool, PdfError> {
    let catalog = view.catalog()?;
    let Some(catalog) = catalog.dictionary() else {
        return Ok(false);
    };
    let form = view.find(catalog, b"AcroForm")?;
    let has_xfa = match form.as_dictionary() {
        Some(form) => !view.find(form, b"XFA")?.is_null(),
        None => false,
    };
    let renders = view.find(catalog, b"NeedsRendering")?.as_boolean() == Some(true);
    Ok(has_xfa && (renders || has_no_fields))
}
