//! A file of keys from anybody, opened with a password that may fit. Oracle: what signs is verified by the certificate it came with.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::crypto::EcdsaForm;
use yinxin::draft::{Draft, Slots};
use yinxin::limits::Limits;
use yinxin::pki::{KeyChoice, KeyFile, KeyPassword, Signer as _};
use yinxin::seal::Prepared;

fuzz_target!(|data: &[u8]| {
    // A prepared seal is from elsewhere, too, and comes the same way: bytes that an operator was given.
    let draft = Draft::new(b"%PDF-1.7".to_vec(), Slots::default());
    if let Ok(prepared) = Prepared::from_bytes(data, &draft, &Limits::DEFAULT) {
        assert_eq!(prepared.to_bytes(), data, "one prepared seal has two forms");
        assert!(prepared.finish(&[0; 64]).is_err(), "a signature was forged");
    }
    let mut limits = Limits::DEFAULT;
    limits.key_rounds = 10_000;
    limits.key_scrypt_bytes = 1 << 16;
    let password = KeyPassword::new("correct-horse");
    let Ok(file) = KeyFile::read(data, Some(&password), &limits) else {
        return;
    };
    assert!(!file.keys().is_empty(), "a file without a key was read");
    for key in file.keys() {
        let choice = key.id().map_or(KeyChoice::Only, KeyChoice::Id);
        let Ok(signer) = file.signer(choice) else { continue };
        let signature = signer.sign(b"message").expect("a key that was accepted signs");
        let own = signer.chain()[0].public_key();
        own.verify(signer.algorithm(), EcdsaForm::Der, b"message", &signature)
            .expect("the key is that of its certificate");
    }
});
