//! What has been read of a file and is kept in case it is asked for again: bounded, and emptied by age.

use std::collections::HashMap;
use std::sync::Arc;

use super::indirect::Indirect;
use super::memory::Memory;
use super::object::Ref;
use super::object_stream::ObjectStream;

/// Objects by offset and, if `/Length` is a reference and so may differ between revisions, by what it came to.
type Place = (usize, Option<usize>);
/// Where the data of an object stream start and end.
type Data = (usize, usize);

/// Two generations: when the young one is full it becomes the old one, and what was old is dropped unless somebody
/// uses it. So what is dropped depends on nothing but what was asked for, in which order.
#[derive(Debug)]
pub(super) struct Cache<'a> {
    young: Generation<'a>,
    old: Generation<'a>,
    /// Bytes of memory a generation may take.
    most: usize,
}

#[derive(Debug, Default)]
struct Generation<'a> {
    weight: usize,
    objects: HashMap<Place, Arc<Indirect<'a>>>,
    lengths: HashMap<usize, Ref>,
    streams: HashMap<Data, Arc<ObjectStream>>,
    members: HashMap<(Data, u32), Arc<Indirect<'a>>>,
}

impl<'a> Cache<'a> {
    pub(super) fn new(memory: &Memory) -> Self {
        Self {
            young: Generation::default(),
            old: Generation::default(),
            most: memory.cached() / 2,
        }
    }

    /// Drops everything.
    pub(super) fn clear(&mut self) {
        self.young = Generation::default();
        self.old = Generation::default();
    }

    /// Makes room for something of `weight` bytes in the young generation.
    fn age(&mut self, weight: usize) {
        self.young.weight = self.young.weight.saturating_add(weight);
        if self.young.weight > self.most {
            self.old = core::mem::take(&mut self.young);
            self.young.weight = weight;
        }
    }

    /// What `/Length` of the stream at `offset` refers to, if that is known.
    pub(super) fn length(&self, offset: usize) -> Option<Ref> {
        let lengths = [&self.young.lengths, &self.old.lengths];
        lengths.into_iter().find_map(|known| known.get(&offset).copied())
    }

    pub(super) fn object(&mut self, place: Place) -> Option<Arc<Indirect<'a>>> {
        if let Some(found) = self.young.objects.get(&place) {
            return Some(Arc::clone(found));
        }
        let found = self.old.objects.remove(&place)?;
        let length = self.old.lengths.get(&place.0).copied();
        self.put_object(place, length, &found);
        Some(found)
    }

    /// Keeps `object`, whose `/Length` is the reference `length`.
    pub(super) fn put_object(&mut self, place: Place, length: Option<Ref>, object: &Arc<Indirect<'a>>) {
        self.age(object.weight());
        if let Some(length) = length {
            self.young.lengths.insert(place.0, length);
        }
        self.young.objects.insert(place, Arc::clone(object));
    }

    pub(super) fn stream(&mut self, data: Data) -> Option<Arc<ObjectStream>> {
        if let Some(found) = self.young.streams.get(&data) {
            return Some(Arc::clone(found));
        }
        let found = self.old.streams.remove(&data)?;
        self.put_stream(data, &found);
        Some(found)
    }

    pub(super) fn put_stream(&mut self, data: Data, stream: &Arc<ObjectStream>) {
        self.age(stream.weight());
        self.young.streams.insert(data, Arc::clone(stream));
    }

    pub(super) fn member(&mut self, data: Data, index: u32) -> Option<Arc<Indirect<'a>>> {
        if let Some(found) = self.young.members.get(&(data, index)) {
            return Some(Arc::clone(found));
        }
        let found = self.old.members.remove(&(data, index))?;
        self.put_member(data, index, &found);
        Some(found)
    }

    pub(super) fn put_member(&mut self, data: Data, index: u32, member: &Arc<Indirect<'a>>) {
        self.age(member.weight());
        self.young.members.insert((data, index), Arc::clone(member));
    }
}
