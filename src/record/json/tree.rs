//! A JSON document as a tree whose members are taken out one by one, each with the path that leads to it.

use core::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::record::{RecordError, RecordErrorKind};

/// A JSON value, repeated members kept. Numbers are told apart from nothing else, as no member is one.
pub(super) enum Tree {
    Array(Vec<Self>),
    Bool(bool),
    Null,
    Number,
    Object(Vec<(String, Self)>),
    Text(String),
}

/// A value with the path that leads to it.
pub(super) struct At {
    pub(super) path: String,
    pub(super) tree: Tree,
}

/// The members of one object that nobody has asked for yet.
pub(super) struct Members {
    path: String,
    rest: Vec<(String, Tree)>,
}

impl Members {
    pub(super) fn of(tree: Tree, path: &str) -> Result<Self, RecordError> {
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
    pub(super) fn optional(&mut self, name: &str) -> Result<Option<At>, RecordError> {
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

    pub(super) fn required(&mut self, name: &str) -> Result<At, RecordError> {
        let missing = RecordError::new(self.path_of(name), RecordErrorKind::Missing);
        self.optional(name)?.ok_or(missing)
    }

    pub(super) fn object(&mut self, name: &str) -> Result<Self, RecordError> {
        let At { path, tree } = self.required(name)?;
        Self::of(tree, &path)
    }

    pub(super) fn text(&mut self, name: &str) -> Result<String, RecordError> {
        text(self.required(name)?)
    }

    /// The last member: nothing may be left after it.
    pub(super) fn last_text(&mut self, name: &str) -> Result<String, RecordError> {
        let text = self.text(name)?;
        self.end()?;
        Ok(text)
    }

    pub(super) fn parse<T: core::str::FromStr>(
        &mut self,
        name: &str,
        kind: impl FnOnce(T::Err) -> RecordErrorKind,
    ) -> Result<T, RecordError> {
        let text = self.text(name)?;
        text.parse()
            .map_err(|e| RecordError::new(self.path_of(name), kind(e)))
    }

    /// The items of an optional array of objects, at most `most`.
    pub(super) fn list<T>(
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

    pub(super) fn end(&self) -> Result<(), RecordError> {
        match self.rest.first() {
            None => Ok(()),
            Some((name, _)) => {
                let shown: String = name.chars().take(40).flat_map(char::escape_default).collect();
                Err(RecordError::new(self.path_of(&shown), RecordErrorKind::Unknown))
            }
        }
    }
}

pub(super) fn array(at: At, most: usize) -> Result<(String, Vec<Tree>), RecordError> {
    match at.tree {
        Tree::Array(items) if items.len() <= most => Ok((at.path, items)),
        Tree::Array(_) => Err(RecordError::new(at.path, RecordErrorKind::TooMany(most))),
        _ => Err(mistyped(&at.path, "an array")),
    }
}

pub(super) fn texts(at: At, most: usize) -> Result<Vec<String>, RecordError> {
    let (path, items) = array(at, most)?;
    let item = |(at, tree)| match tree {
        Tree::Text(text) => Ok(text),
        _ => Err(mistyped(&format!("{path}[{at}]"), "a string")),
    };
    items.into_iter().enumerate().map(item).collect()
}

pub(super) fn text(at: At) -> Result<String, RecordError> {
    match at.tree {
        Tree::Text(text) => Ok(text),
        _ => Err(mistyped(&at.path, "a string")),
    }
}

pub(super) fn mistyped(path: &str, expected: &'static str) -> RecordError {
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
