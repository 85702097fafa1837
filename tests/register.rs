//! The promises of the issue register, kept by SQLite and PostgreSQL alike, and by whoever implements `Database`: for yours, add a
//! `Place` and a list of tests.
//!
//! `REGISTER_ISSUES` is the number of results in the crash test (100,000 for the full run); the PostgreSQL server is started here.

#[path = "register/command.rs"]
mod command;
#[path = "register/crash.rs"]
mod crash;
#[path = "register/outside.rs"]
mod outside;
#[path = "register/places.rs"]
mod places;
#[path = "register/recovery.rs"]
mod recovery;
#[path = "register/rules.rs"]
mod rules;
#[path = "register/tamper.rs"]
mod tamper;
#[path = "common/vectors.rs"]
mod vectors;

use outside::Outside;
use places::{Place, Server, Sqlite};

type Rule = fn(&dyn Place);

/// Each rule is a test on SQLite, another on a database of others, and one of the list that PostgreSQL is held to.
macro_rules! rules {
    ($($module:ident::$name:ident,)*) => {
        mod sqlite {
            $(#[test] fn $name() { crate::$module::$name(&crate::Sqlite::new(stringify!($name))); })*
        }
        mod others {
            $(#[test] fn $name() { crate::$module::$name(&crate::Outside::new(stringify!($name))); })*
        }
        const RULES: &[(&str, Rule)] = &[$((stringify!($name), $module::$name)),*];
    };
}

rules! {
    rules::numbers_of_a_series_rise_by_one,
    rules::same_request_is_given_the_same_identifier,
    rules::key_of_another_request_is_refused,
    rules::threads_get_no_number_twice,
    rules::places_on_a_list_are_unique_and_not_in_order,
    rules::full_list_is_refused,
    rules::version_is_replaced_by_one_other,
    rules::version_given_up_is_replaced_again_under_another,
    rules::replacing_takes_a_version_that_was_issued,
    rules::versions_and_numbers_end,
    rules::issued_is_never_void,
    rules::commit_takes_one_file,
    rules::texts_that_do_not_print_are_refused,
    rules::whoever_waits_too_long_is_told,
    rules::newer_register_is_refused,
    rules::trail_says_who_did_what,
    recovery::file_that_cannot_be_made_keeps_its_identifier,
    recovery::placed_file_is_committed,
    recovery::unfinished_file_is_set_aside_on_record,
    recovery::file_being_written_is_left_alone,
    recovery::file_of_a_void_identifier_is_set_aside,
    recovery::first_file_in_its_place_stays,
    recovery::lost_altered_and_strange_files_are_found,
    tamper::changed_entry_of_the_trail_is_found,
    tamper::removed_and_reordered_entries_are_found,
    tamper::cut_trail_is_found,
    tamper::trail_written_anew_is_found_by_the_anchor,
    tamper::changed_register_is_found,
    tamper::removed_number_is_a_gap,
    tamper::garbled_cells_are_errors,
    tamper::what_is_done_past_the_register_is_found,
}

#[test]
fn postgres_keeps_every_rule() {
    let Some(server) = Server::start() else { return };
    for (name, rule) in RULES {
        println!("{name}");
        rule(&server.place(name));
    }
}
