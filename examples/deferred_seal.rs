//! Sealing in two steps, for a seal key in another building: prepare here, sign there, finish here.
//!
//! ```text
//! cargo run --example stamp -- keys --out test-keys
//! cargo run --example deferred_seal -- examples/data/records/residence.json residence test-keys result.pdf
//! ```

mod hall;

use hall::Told;
use hall::desk::Desk;
use yinxin::payload::Payload;
use yinxin::pki::{Signer as _, SoftwareSigner};
use yinxin::seal::Identity;

fn main() -> Told {
    let desk = Desk::from_arguments("deferred_seal")?;

    // Here are only certificates. The key's owner said beforehand which algorithm and how long its signatures can be.
    let (chain, key) = (desk.chain()?, desk.signer()?);
    let identity = Identity {
        algorithm: key.algorithm(),
        chain: &chain,
        signature_length: key.signature_length(),
    };

    // The code is signed here and now, because its drawing is part of what the seal covers.
    let sealing = desk.draft.bind(Payload::of(&desk.record)).code_signer(&key);
    let prepared = sealing.prepare(&desk.seal, &identity, desk.at)?;

    // These few hundred bytes travel, not the document; the answer may take days.
    let signature = the_other_building(&key, prepared.to_be_signed())?;

    // A signature that does not verify is refused here, before a broken file leaves the house.
    let sealed = prepared.clone().finish(&signature)?;
    let mut broken = signature;
    broken.reverse();
    let refused = prepared.finish(&broken);
    assert!(refused.is_err(), "a wrong signature makes no file");
    desk.hand_out(&sealed.into_bytes())
}

fn the_other_building(key: &SoftwareSigner, message: &[u8]) -> Told<Vec<u8>> {
    Ok(key.sign(message)?)
}
