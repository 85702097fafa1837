//! The data of streams, decrypted and with their filters undone (ISO 32000-2, 7.3.8, 7.4, 7.5.7, 7.6).

use std::borrow::Cow;
use std::sync::Arc;

use super::crypt;
use super::document::Document;
use super::error::{PdfError, PdfErrorKind};
use super::filter::{self, Decoded, Filter};
use super::object::{Dictionary, Object, Stream};
use super::object_stream::ObjectStream;
use super::section::plausible;

impl<'a> Document<'a> {
    /// The object stream `stream`, decoded.
    pub(super) fn object_stream(
        &self,
        revision: usize,
        stream: &Stream,
        chain: usize,
    ) -> Result<Arc<ObjectStream>, PdfError> {
        let place = (stream.data.start, stream.data.end);
        let known = self.cache.borrow_mut().stream(place);
        if let Some(found) = known {
            return Ok(found);
        }
        let dictionary = &stream.dictionary;
        let bad = || PdfError::new(PdfErrorKind::BadObjectStream, stream.data.start);
        let integer = |key: &[u8]| {
            let value = dictionary.find(key).and_then(Object::as_integer);
            value.and_then(|v| usize::try_from(v).ok()).ok_or_else(bad)
        };
        if !dictionary.is_name(b"Type", b"ObjStm") {
            return Err(bad());
        }
        let (count, first) = (integer(b"N")?, integer(b"First")?);
        let most = plausible(self.bytes.len());
        let decoded = self.decode_to(revision, stream, chain, most)?;
        self.budget.extend(decoded.data.len());
        let read = ObjectStream::new(decoded, count, first, &self.budget.memory);
        let found = Arc::new(read.ok_or_else(bad)?);
        self.cache.borrow_mut().put_stream(place, &found);
        Ok(found)
    }

    /// The decoded data of a stream, within both limits.
    pub(super) fn decode(&self, revision: usize, stream: &Stream, chain: usize) -> Result<Vec<u8>, PdfError> {
        let most = (32usize << 20).saturating_add(self.bytes.len().saturating_mul(4));
        self.decode_to(revision, stream, chain, most)
            .map(|decoded| decoded.data)
    }

    /// As [`decode`](Self::decode), to `most` bytes.
    pub(super) fn decode_to(
        &self,
        revision: usize,
        stream: &Stream,
        chain: usize,
        most: usize,
    ) -> Result<Decoded, PdfError> {
        let (data, filters) = self.decrypt(revision, stream, chain)?;
        let left = self.limits.pdf_decoded_bytes.saturating_sub(self.decoded.get());
        let most = most.min(left).min(self.limits.pdf_stream_bytes);
        let decoded = filter::decode(&data, &filters, most);
        let decoded = decoded.map_err(|kind| PdfError::new(kind, stream.data.start))?;
        self.decoded
            .set(self.decoded.get().saturating_add(decoded.data.len()));
        Ok(decoded)
    }

    /// The data of a stream with encryption undone, and the filters that still apply: all but `/Crypt`, which comes first
    /// (7.4.10).
    pub(super) fn decrypt(
        &self,
        revision: usize,
        stream: &Stream,
        chain: usize,
    ) -> Result<(Cow<'a, [u8]>, Vec<Filter>), PdfError> {
        let at = |kind| PdfError::new(kind, stream.data.start);
        let dictionary = &stream.dictionary;
        if dictionary.find(b"F").is_some_and(|file| !file.is_null()) {
            return Err(at(PdfErrorKind::ExternalStream));
        }
        let mut filters = self.filters(revision, dictionary, chain)?;
        let named = match filters.first() {
            Some(first) if first.name == b"Crypt" => {
                filters.remove(0);
                Some(self.crypt_filter(revision, dictionary, chain)?)
            }
            _ => None,
        };
        self.at_hand(&stream.data)?;
        let raw = self.bytes.get(stream.data.clone()).unwrap_or_default();
        let Some(encryption) = &self.encryption else {
            return match named.as_deref() {
                None | Some(b"Identity") => Ok((Cow::Borrowed(raw), filters)),
                Some(_) => Err(at(PdfErrorKind::UnknownFilter)),
            };
        };
        // Streams may overlap, and each costs its decryption whatever its filters do: it counts like a filter's output.
        if raw.len() > self.limits.pdf_decoded_bytes.saturating_sub(self.decoded.get()) {
            return Err(at(PdfErrorKind::TooMuchDecoded));
        }
        let holder = stream.holder().ok_or_else(|| at(PdfErrorKind::BadStream))?;
        let plain = encryption.decrypt_data(holder, dictionary, named.as_deref(), raw);
        let plain = plain.map_err(at)?;
        if let Cow::Owned(plain) = &plain {
            self.decoded.set(self.decoded.get().saturating_add(plain.len()));
        }
        Ok((plain, filters))
    }

    /// The name in the parameters of the first filter, which is `/Crypt`.
    fn crypt_filter(
        &self,
        revision: usize,
        dictionary: &Dictionary,
        chain: usize,
    ) -> Result<Vec<u8>, PdfError> {
        let resolve = |object: Option<&Object>| match object {
            Some(Object::Reference(id)) => {
                let bad = PdfError::new(PdfErrorKind::ReferenceChain, dictionary.span().start);
                let found = self.object(revision, *id, chain.checked_sub(1).ok_or(bad)?)?;
                Ok(found.map(|found| found.object.clone()))
            }
            direct => Ok(direct.cloned()),
        };
        let mut parameters = resolve(dictionary.find(b"DecodeParms"))?;
        if let Some(Object::Array(items)) = &parameters {
            parameters = resolve(items.first())?;
        }
        let parameters = parameters.as_ref().and_then(Object::as_dictionary);
        Ok(crypt::crypt_name(parameters).to_vec())
    }

    fn filters(
        &self,
        revision: usize,
        dictionary: &Dictionary,
        chain: usize,
    ) -> Result<Vec<Filter>, PdfError> {
        let at = dictionary.span().start;
        filter::filters(dictionary, |object| match object {
            Object::Reference(id) => {
                let chain = chain
                    .checked_sub(1)
                    .ok_or(PdfError::new(PdfErrorKind::ReferenceChain, at))?;
                let found = self.object(revision, *id, chain)?;
                let Some(found) = found else {
                    return Ok(Object::Null);
                };
                // Copied for every stream that names it, so paid for every time.
                self.budget
                    .pay(found.raw().len())
                    .map_err(|kind| PdfError::new(kind, at))?;
                Ok(found.object.clone())
            }
            direct => Ok(direct.clone()),
        })
    }
}
