//! Names of persons are dropped, or hashed where the settings ask for it.

use sequela_ingest::{Mask, Source, read};
use sequela_schema::canonical::incidents;

use crate::support::{Folder, texts};

const LIST: &str = "number,opened_at,short_description,caller_id,state\nINC0000001,2026-05-01 10:00:00,Down,Jane Planted,New\n";

fn attributes(mask: Mask, salt: &str) -> Option<String> {
    let folder = Folder::new(&format!("mask-{mask:?}-{salt}")).with("list.csv", LIST);
    let mut source = Source::new("list.csv", "servicenow");
    source.keep = vec!["caller_id".to_owned()];
    let options = sequela_ingest::Options { mask, salt: salt.to_owned(), ..folder.options() };
    texts(&read(&[source], &options, &()).unwrap().get(&incidents::TABLE), &incidents::ATTRS)[0].clone()
}

/// The first eight bytes of SHA-256, by `printf saltJane\\ Planted | sha256sum`.
#[test]
fn a_hash_stands_for_a_name_and_depends_on_the_salt() {
    assert_eq!(attributes(Mask::Drop, "salt"), None);
    assert_eq!(attributes(Mask::Hash, "salt").as_deref(), Some(r#"{"caller_id":"975a93b034f4ee7e"}"#));
    assert_ne!(attributes(Mask::Hash, "salt"), attributes(Mask::Hash, "pepper"));
}
