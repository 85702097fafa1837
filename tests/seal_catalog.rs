//! What sealing says in the catalog of a foreign file, and which objects it leaves alone.

mod common;
#[path = "common/forge.rs"]
mod forge;

use common::{Office, at};
use forge::{file, mark, open, place};
use yinxin::draft::Draft;
use yinxin::limits::Limits;

fn sealed(objects: &[&str]) -> Vec<u8> {
    let objects: Vec<String> = objects.iter().map(|body| (*body).to_owned()).collect();
    let draft = Draft::open(file(&objects), &Limits::DEFAULT).unwrap();
    let sealing = draft.without_code().place(place());
    let sealed = sealing.seal(&mark(), &Office::with_key("p256").signer(), at());
    sealed.unwrap().into_bytes()
}

const PAGES: &str = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
const PAGE: &str = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Resources<<>>>>";

#[test]
fn extensions_that_are_an_object_are_copied_into_the_catalog_and_not_rewritten() {
    let catalog = "<</Type/Catalog/Pages 2 0 R/Extensions 4 0 R/Other 4 0 R>>";
    let bytes = sealed(&[
        catalog,
        PAGES,
        PAGE,
        "<</ADBE<</BaseVersion/1.7/ExtensionLevel 3>>>>",
    ]);
    let document = open(&bytes);
    let view = document.newest();
    let catalog = view.catalog().unwrap();
    let extensions = catalog.dictionary().unwrap().find(b"Extensions").unwrap();
    let extensions = extensions.as_dictionary().expect("direct in the catalog");
    assert!(extensions.find(b"ADBE").is_some() && extensions.find(b"ESIC").is_some());
    // What else refers to the old object sees what it saw.
    let newest = document.revisions().last().unwrap();
    assert!(newest.entries.get(4).is_none());
}

#[test]
fn a_reference_to_nothing_is_not_taken_for_an_object_of_the_seal() {
    let catalog = "<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R/AF[7 0 R]>>";
    let bytes = sealed(&[catalog, PAGES, PAGE]);
    let document = open(&bytes);
    for number in [5, 7] {
        assert!(document.newest().locate(number).is_none(), "{number}");
    }
}
