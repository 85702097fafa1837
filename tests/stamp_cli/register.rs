//! `stamp issue --register`, `stamp batch --register` and `stamp register`: needs the feature; without it the refusal is tested.

#[cfg(feature = "register")]
#[path = "register/lists.rs"]
mod lists;
#[cfg(feature = "register")]
#[path = "register/office.rs"]
mod office;
#[cfg(feature = "register")]
#[path = "register/single.rs"]
mod single;
#[cfg(feature = "register")]
#[path = "register/whole.rs"]
mod whole;

#[cfg(not(feature = "register"))]
#[test]
fn program_without_the_register_says_how_to_build_one_with_it() {
    for command in [
        &["register", "list", "r.sqlite"][..],
        &["register", "new", "r.sqlite"],
    ] {
        let output = super::stamp(command);
        assert_eq!(super::status(&output), 3);
        let said = super::text(&output.stderr);
        assert!(
            said.contains("without the issue register") && said.contains("--features register"),
            "{said}"
        );
    }
}
