//! Rules about single objects, wherever they stand.

use lopdf::{Dictionary, Object};

use super::Checker;
use crate::reading::dictionary_of;

impl<'a> Checker<'a> {
    pub(super) fn object(&mut self, object: &'a Object) {
        match object {
            Object::Array(items) => items.iter().for_each(|item| self.object(item)),
            Object::Name(name) => self.expect(name.len() <= 127, "6.1.13", "a name of more than 127 bytes"),
            Object::Integer(value) => {
                self.expect(
                    i32::try_from(*value).is_ok(),
                    "6.1.13",
                    format!("the integer {value}"),
                );
            }
            Object::String(bytes, _) => self.expect(
                bytes.len() <= 32_767,
                "6.1.13",
                "a string of more than 32767 bytes",
            ),
            Object::Dictionary(dictionary) => self.any_dictionary(dictionary),
            Object::Stream(stream) => {
                self.any_dictionary(&stream.dict);
                for key in ["F", "FFilter", "FDecodeParms"] {
                    self.expect(
                        !stream.dict.has(key.as_bytes()),
                        "6.1.7.1",
                        format!("a stream has /{key}"),
                    );
                }
                let filters = stream.filters().unwrap_or_default();
                let refused = filters
                    .iter()
                    .any(|filter| matches!(*filter, b"LZWDecode" | b"LZW"));
                self.expect(!refused, "6.1.7.2", "a stream is packed with LZWDecode");
                match self.name(&stream.dict, "Subtype") {
                    Some(b"Form") => self.form(&stream.dict),
                    Some(b"Image") => self.image(&stream.dict),
                    Some(b"PS") => self.fail("6.2.9.3", "a PostScript XObject"),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn any_dictionary(&mut self, dictionary: &'a Dictionary) {
        for (key, value) in dictionary {
            self.expect(key.len() <= 127, "6.1.13", "a key of more than 127 bytes");
            self.object(value);
        }
        match self.name(dictionary, "Type") {
            Some(b"ExtGState") => self.graphics_state(dictionary),
            Some(b"Annot") => self.annotation(dictionary),
            Some(b"SigRef") => {
                for key in ["DigestLocation", "DigestMethod", "DigestValue"] {
                    self.expect(
                        !dictionary.has(key.as_bytes()),
                        "6.1.12",
                        format!("a signature reference has /{key}"),
                    );
                }
            }
            _ => {}
        }
        if let Some(states) = self.dictionary(dictionary, "ExtGState") {
            for (_, state) in states {
                if let Some(state) = dictionary_of(self.resolve(state)) {
                    self.graphics_state(state);
                }
            }
        }
        let action = self.name(dictionary, "S").unwrap_or_default();
        let is_action =
            self.name(dictionary, "Type") == Some(b"Action") || matches!(action, b"JavaScript" | b"Launch");
        if action == b"Named" {
            let named = self.name(dictionary, "N").unwrap_or_default();
            let known = [b"NextPage".as_slice(), b"PrevPage", b"FirstPage", b"LastPage"].contains(&named);
            self.expect(known, "6.5.1", "a named action that is not about pages");
        }
        const FORBIDDEN: [&[u8]; 11] = [
            b"Launch",
            b"Sound",
            b"Movie",
            b"ResetForm",
            b"ImportData",
            b"Hide",
            b"SetOCGState",
            b"Rendition",
            b"Trans",
            b"GoTo3DView",
            b"JavaScript",
        ];
        self.expect(
            !(is_action && FORBIDDEN.contains(&action)),
            "6.5.1",
            "a forbidden action",
        );
    }

    fn graphics_state(&mut self, state: &'a Dictionary) {
        self.expect(!state.has(b"TR"), "6.2.5", "a graphics state has /TR");
        let transfer = self.find(state, "TR2");
        let default = transfer.is_none_or(|value| value.as_name().ok() == Some(b"Default"));
        self.expect(
            default,
            "6.2.5",
            "a graphics state has a /TR2 that is not /Default",
        );
        self.expect(!state.has(b"HTP"), "6.2.5", "a graphics state has /HTP");
        const MODES: [&str; 17] = [
            "Normal",
            "Compatible",
            "Multiply",
            "Screen",
            "Overlay",
            "Darken",
            "Lighten",
            "ColorDodge",
            "ColorBurn",
            "HardLight",
            "SoftLight",
            "Difference",
            "Exclusion",
            "Hue",
            "Saturation",
            "Color",
            "Luminosity",
        ];
        let mode = self.find(state, "BM").and_then(|mode| mode.as_name().ok());
        let known = mode.is_none_or(|mode| MODES.iter().any(|known| known.as_bytes() == mode));
        self.expect(known, "6.2.10", "a blend mode of no standard");
    }

    fn form(&mut self, form: &'a Dictionary) {
        for (key, clause) in [("OPI", "6.2.9.1"), ("PS", "6.2.9.1"), ("Ref", "6.2.9.2")] {
            self.expect(!form.has(key.as_bytes()), clause, format!("a form has /{key}"));
        }
        let postscript = self.name(form, "Subtype2") == Some(b"PS");
        self.expect(!postscript, "6.2.9.1", "a form is PostScript");
    }

    fn image(&mut self, image: &'a Dictionary) {
        for key in ["Alternates", "OPI"] {
            self.expect(
                !image.has(key.as_bytes()),
                "6.2.8.1",
                format!("an image has /{key}"),
            );
        }
        let interpolated = self
            .find(image, "Interpolate")
            .and_then(|value| value.as_bool().ok());
        self.expect(interpolated != Some(true), "6.2.8.1", "an image is interpolated");
    }

    fn annotation(&mut self, annotation: &'a Dictionary) {
        let kind = self.name(annotation, "Subtype").unwrap_or_default();
        let known: [&[u8]; 5] = [b"3D", b"Sound", b"Screen", b"Movie", b""];
        self.expect(
            !known.contains(&kind),
            "6.3.1",
            "an annotation of a forbidden type",
        );
        let flags = self.find(annotation, "F").and_then(|flags| flags.as_i64().ok());
        if kind != b"Popup" {
            // Table 165 of ISO 32000-1: Invisible 1, Hidden 2, Print 4, NoView 32, ToggleNoView 256.
            let good = flags.is_some_and(|flags| flags & 4 != 0 && flags & (1 | 2 | 32 | 256) == 0);
            self.expect(good, "6.3.2", format!("the flags of an annotation are {flags:?}"));
        }
        let rectangle = self
            .find(annotation, "Rect")
            .and_then(|rectangle| rectangle.as_array().ok());
        let numbers: Vec<f32> = rectangle
            .into_iter()
            .flatten()
            .filter_map(|n| n.as_float().ok())
            .collect();
        let empty = numbers.len() == 4 && numbers[0] == numbers[2] && numbers[1] == numbers[3];
        match self.dictionary(annotation, "AP") {
            Some(appearance) => {
                let alone = appearance.len() == 1 && appearance.has(b"N");
                self.expect(alone, "6.3.3", "an appearance dictionary has not just /N");
                let button = kind == b"Widget" && self.name(annotation, "FT") == Some(b"Btn");
                let stream = matches!(self.find(appearance, "N"), Some(Object::Stream(_)));
                self.expect(
                    stream || button || kind == b"Widget" && !annotation.has(b"FT"),
                    "6.3.3",
                    "/N is no stream",
                );
            }
            None => {
                let needless = matches!(kind, b"Popup" | b"Link") || empty;
                self.expect(needless, "6.3.3", "an annotation without appearance");
            }
        }
        if kind == b"Widget" {
            for key in ["A", "AA"] {
                self.expect(
                    !annotation.has(key.as_bytes()),
                    "6.4.1",
                    format!("a widget has /{key}"),
                );
            }
        }
    }
}
