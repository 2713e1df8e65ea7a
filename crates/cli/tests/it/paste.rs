//! The lines that the review offers for `sequela.toml` are pasted there, and the next run knows the names.

use sequela_schema::Values;
use sequela_schema::result::unowned_services;

use crate::sequela::{root, run, table};

fn names(out: &std::path::Path) -> Vec<String> {
    let frame = table(out, "unowned_services");
    frame.texts(&unowned_services::NAME).unwrap().iter().flatten().map(str::to_owned).collect()
}

#[test]
fn pasted_aliases_give_names_an_owner() {
    let case = root().join("data/golden-tables/unowned-services");
    let folder = tempfile::tempdir().unwrap();
    let copied = folder.path().join("input");
    std::fs::create_dir(&copied).unwrap();
    for file in std::fs::read_dir(case.join("input")).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), copied.join(file.file_name())).unwrap();
    }
    let (config, out) = (folder.path().join("sequela.toml"), folder.path().join("out"));
    let settings = std::fs::read_to_string(case.join("sequela.toml")).unwrap();
    std::fs::write(&config, &settings).unwrap();
    run(&config, &out, &["--quiet", "--no-charts"]);
    assert_eq!(names(&out), ["Payments_Apis", "reports", "xyz"]);

    let markdown = std::fs::read_to_string(out.join("review.md")).unwrap();
    let (_, block) = markdown.split_once("\n```toml\n").unwrap();
    let (block, _) = block.split_once("\n```\n").unwrap();
    assert!(std::fs::read_to_string(out.join("review.html")).unwrap().contains("[[catalog.alias]]"));
    std::fs::write(&config, format!("{settings}\n{block}\n")).unwrap();
    run(&config, &out, &["--quiet", "--no-charts"]);
    assert_eq!(names(&out), ["reports", "xyz"]);

    // The entry that waits for a name, with the name.
    let filled: String = block.lines().map(|line| line.trim_start_matches("# ").replace("[\"\"]", "[\"ledger\"]") + "\n").collect();
    std::fs::write(&config, format!("{settings}\n{filled}")).unwrap();
    run(&config, &out, &["--quiet", "--no-charts"]);
    assert_eq!(names(&out), ["reports"]);
}
