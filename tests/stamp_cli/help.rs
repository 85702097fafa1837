//! `stamp --help`: what the commands are for.

use super::{stamp, status, text};

#[test]
fn every_command_is_listed_by_its_purpose() {
    let help = stamp(&["--help"]);
    assert_eq!(status(&help), 0);
    let help = text(&help.stdout);
    let (commands, purposes) = help.split_once("By purpose").expect("purposes");
    let commands = commands.split_once("Commands:").expect("commands").1;
    let commands = commands.split("Options:").next().expect("commands");
    let named = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let named: Vec<&str> = named.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(named.len() > 15, "{named:?}");
    let purposes: Vec<&str> = purposes.split([' ', ',', ';', '\n']).collect();
    for command in named.into_iter().filter(|command| *command != "help") {
        assert!(purposes.contains(&command), "{command} has no purpose in {help}");
    }
}
