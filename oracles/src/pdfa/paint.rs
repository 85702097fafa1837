//! What the pages paint with: device colours and blending, followed through forms, patterns, images and appearances.

use std::collections::BTreeSet;

use lopdf::content::Content;
use lopdf::{Dictionary, Object, Stream};

use super::Checker;
use crate::reading::dictionary_of;

/// What a page uses of what needs an explanation elsewhere in the file.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Paint {
    /// Device colour spaces for which the resources give no default.
    pub grey: bool,
    pub rgb: bool,
    pub cmyk: bool,
    /// Blend modes, soft masks, opacity, or transparency groups.
    pub blends: bool,
}

/// Forms within forms, and what a corpus might make of them.
const DEPTH: usize = 12;

struct Walk<'c, 'a> {
    checker: &'c Checker<'a>,
    paint: Paint,
    seen: BTreeSet<*const Stream>,
}

impl<'a> Checker<'a> {
    /// What `page` and the appearances of its annotations paint with.
    pub(super) fn paint(&self, page: &'a Dictionary) -> Paint {
        let mut walk = Walk {
            checker: self,
            paint: Paint::default(),
            seen: BTreeSet::new(),
        };
        let resources = self.inherited(page, "Resources").and_then(dictionary_of);
        let mut content = Vec::new();
        let streams = match self.find(page, "Contents") {
            Some(Object::Array(parts)) => parts.iter().map(|part| self.resolve(part)).collect(),
            Some(single) => vec![single],
            None => vec![],
        };
        for stream in streams.into_iter().filter_map(|stream| stream.as_stream().ok()) {
            content.extend(stream.get_plain_content().unwrap_or_default());
            content.push(b'\n');
        }
        walk.content(&content, resources, DEPTH);
        let annotations = self.find(page, "Annots").and_then(|list| list.as_array().ok());
        for annotation in annotations.into_iter().flatten() {
            let Some(annotation) = dictionary_of(self.resolve(annotation)) else {
                continue;
            };
            let normal = self
                .dictionary(annotation, "AP")
                .and_then(|appearance| self.find(appearance, "N"));
            match normal {
                Some(Object::Stream(form)) => walk.form(form, None, DEPTH),
                Some(Object::Dictionary(states)) => {
                    for (_, state) in states {
                        if let Object::Stream(form) = self.resolve(state) {
                            walk.form(form, None, DEPTH);
                        }
                    }
                }
                _ => {}
            }
        }
        walk.paint
    }
}

impl<'a> Walk<'_, 'a> {
    fn content(&mut self, bytes: &[u8], resources: Option<&'a Dictionary>, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let Ok(content) = Content::decode(bytes) else {
            return;
        };
        for operation in &content.operations {
            let name = operation
                .operands
                .last()
                .and_then(|operand| operand.as_name().ok());
            match operation.operator.as_str() {
                "g" | "G" => self.device(b"DeviceGray", resources),
                "rg" | "RG" => self.device(b"DeviceRGB", resources),
                "k" | "K" => self.device(b"DeviceCMYK", resources),
                "cs" | "CS" => {
                    if let Some(name) = name {
                        self.named_space(name, resources, depth);
                    }
                }
                "scn" | "SCN" => {
                    if let Some(pattern) = name.and_then(|name| self.resource(resources, "Pattern", name)) {
                        self.pattern(pattern, resources, depth);
                    }
                }
                "sh" => {
                    let shading = name.and_then(|name| self.resource(resources, "Shading", name));
                    if let Some(shading) = shading.and_then(dictionary_of) {
                        self.space_of(shading, resources, depth);
                    }
                }
                "gs" => {
                    let state = name.and_then(|name| self.resource(resources, "ExtGState", name));
                    if let Some(state) = state.and_then(dictionary_of) {
                        self.state(state);
                    }
                }
                "Do" => {
                    let object = name.and_then(|name| self.resource(resources, "XObject", name));
                    let Some(Object::Stream(object)) = object else {
                        continue;
                    };
                    match self.checker.name(&object.dict, "Subtype") {
                        Some(b"Form") => self.form(object, resources, depth),
                        Some(b"Image") => self.image(&object.dict, resources, depth),
                        _ => {}
                    }
                }
                "BI" => {
                    let image = operation
                        .operands
                        .first()
                        .and_then(|image| image.as_stream().ok());
                    let space = image.and_then(|image| {
                        image
                            .dict
                            .get(b"CS")
                            .or_else(|_| image.dict.get(b"ColorSpace"))
                            .ok()
                    });
                    match space.and_then(|space| space.as_name().ok()) {
                        Some(b"G") => self.device(b"DeviceGray", resources),
                        Some(b"RGB") => self.device(b"DeviceRGB", resources),
                        Some(b"CMYK") => self.device(b"DeviceCMYK", resources),
                        Some(name) => self.named_space(name, resources, depth),
                        None => {}
                    }
                }
                _ => {}
            }
        }
    }

    fn resource(&self, resources: Option<&'a Dictionary>, kind: &str, name: &[u8]) -> Option<&'a Object> {
        let named = self.checker.dictionary(resources?, kind)?;
        Some(self.checker.resolve(named.get(name).ok()?))
    }

    fn form(&mut self, form: &'a Stream, outer: Option<&'a Dictionary>, depth: usize) {
        if !self.seen.insert(form) {
            return;
        }
        if let Some(group) = self.checker.dictionary(&form.dict, "Group")
            && self.checker.name(group, "S") == Some(b"Transparency")
        {
            self.paint.blends = true;
            self.group_space(group, depth);
        }
        let resources = self.checker.dictionary(&form.dict, "Resources").or(outer);
        self.content(&form.get_plain_content().unwrap_or_default(), resources, depth);
    }

    fn group_space(&mut self, group: &'a Dictionary, depth: usize) {
        if let Some(space) = self.checker.find(group, "CS") {
            self.space(space, None, depth);
        }
    }

    fn pattern(&mut self, pattern: &'a Object, outer: Option<&'a Dictionary>, depth: usize) {
        match pattern {
            Object::Stream(tiling) => self.form(tiling, outer, depth),
            Object::Dictionary(shading) => {
                if let Some(state) = self.checker.dictionary(shading, "ExtGState") {
                    self.state(state);
                }
                if let Some(shading) = self.checker.dictionary(shading, "Shading") {
                    self.space_of(shading, outer, depth);
                }
            }
            _ => {}
        }
    }

    fn image(&mut self, image: &'a Dictionary, resources: Option<&'a Dictionary>, depth: usize) {
        let soft = self.checker.find(image, "SMask").is_some();
        let inside = self
            .checker
            .find(image, "SMaskInData")
            .and_then(|value| value.as_i64().ok());
        self.paint.blends |= soft || inside.is_some_and(|value| value != 0);
        let stencil = self
            .checker
            .find(image, "ImageMask")
            .and_then(|value| value.as_bool().ok());
        if stencil != Some(true) {
            self.space_of(image, resources, depth);
        }
    }

    fn state(&mut self, state: &'a Dictionary) {
        let opaque = |key| {
            let value = self
                .checker
                .find(state, key)
                .and_then(|value| value.as_float().ok());
            value.is_none_or(|value| value >= 1.0)
        };
        let mode = match self.checker.find(state, "BM") {
            Some(Object::Array(modes)) => modes.first().and_then(|mode| mode.as_name().ok()),
            Some(mode) => mode.as_name().ok(),
            None => None,
        };
        let mask = self.checker.find(state, "SMask");
        let masked = mask.is_some_and(|mask| mask.as_name().ok() != Some(b"None"));
        let blends = !matches!(mode.unwrap_or(b"Normal"), b"Normal" | b"Compatible");
        self.paint.blends |= !opaque("CA") || !opaque("ca") || masked || blends;
    }

    fn space_of(&mut self, holder: &'a Dictionary, resources: Option<&'a Dictionary>, depth: usize) {
        if let Some(space) = self.checker.find(holder, "ColorSpace") {
            self.space(space, resources, depth);
        }
    }

    fn named_space(&mut self, name: &[u8], resources: Option<&'a Dictionary>, depth: usize) {
        if name.starts_with(b"Device") {
            return self.device(name, resources);
        }
        if let Some(space) = self.resource(resources, "ColorSpace", name) {
            self.space(space, resources, depth);
        }
    }

    fn space(&mut self, space: &'a Object, resources: Option<&'a Dictionary>, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match space {
            Object::Name(name) => self.named_space(name, resources, depth),
            Object::Array(items) => {
                let at = |index: usize| items.get(index).map(|item| self.checker.resolve(item));
                let base = match at(0).and_then(|family| family.as_name().ok()) {
                    Some(b"Indexed" | b"Pattern") => at(1),
                    Some(b"Separation" | b"DeviceN") => at(2),
                    Some(name) if items.len() == 1 => return self.named_space(name, resources, depth),
                    _ => None,
                };
                if let Some(base) = base {
                    self.space(base, resources, depth);
                }
            }
            _ => {}
        }
    }

    fn device(&mut self, name: &[u8], resources: Option<&'a Dictionary>) {
        let (default, used) = match name {
            b"DeviceGray" => ("DefaultGray", &mut self.paint.grey),
            b"DeviceRGB" => ("DefaultRGB", &mut self.paint.rgb),
            b"DeviceCMYK" => ("DefaultCMYK", &mut self.paint.cmyk),
            _ => return,
        };
        let spaces = resources.and_then(|resources| self.checker.dictionary(resources, "ColorSpace"));
        let explained = spaces.is_some_and(|spaces| self.checker.find(spaces, default).is_some());
        *used |= !explained;
    }
}
