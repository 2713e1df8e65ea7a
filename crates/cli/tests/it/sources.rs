//! A folder with exports of every system that is known: what `init`, `check` and `run` make of it.

use std::collections::BTreeSet;
use std::path::Path;

use sequela_schema::Values;
use sequela_schema::canonical::{ingest_files, service_aliases};
use sequela_schema::result::ambiguous_names;

use crate::sequela::{ended, root, run, sequela, table};

/// Copies every fixture of the adapters, keeping folders: some formats know what they are about by their place only.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Persons planted in the fixtures, in the ways in which exports name them.
const PLANTED: [&str; 5] = ["Jane Planted", "jane.planted", "jplanted", "7946 0958", "79460958"];

#[test]
fn exports_of_all_systems_in_one_folder_are_placed_and_read() {
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("crates/ingest/tests/fixtures"), folder.path());
    let (code, message) = ended(&sequela(&["init", folder.path().to_str().unwrap()]));
    assert_eq!(code, 0, "{message}");
    assert!(!message.contains("not placed") && !message.contains("unsure"), "{message}");
    let (config, out) = (folder.path().join("sequela.toml"), tempfile::tempdir().unwrap());
    run(&config, out.path(), &["--quiet"]);
    let read = table(out.path(), "ingest_files");
    let systems: BTreeSet<&str> = read.texts(&ingest_files::ADAPTER).unwrap().iter().flatten().collect();
    assert!(systems.len() >= 30, "{systems:?}");
    for file in files(out.path()) {
        let bytes = std::fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        for planted in PLANTED {
            assert!(!text.contains(&planted.to_lowercase()), "{planted} in {}", file.display());
        }
    }
    let check = sequela(&["check", "--config", config.to_str().unwrap(), "--quiet"]);
    let page = String::from_utf8_lossy(&check.stdout).to_lowercase();
    assert!(check.status.success() && page.contains("jira"), "{page}");
    assert!(PLANTED.iter().all(|planted| !page.contains(&planted.to_lowercase())), "{page}");
}

/// Two components share a repository. `check` asks which of them a deployment of it means; the answer goes into the configuration.
#[test]
fn a_repository_of_several_services_is_asked_about() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let component = |name: &str| {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n  annotations: {{github.com/project-slug: acme/mono}}\nspec: {{type: service, owner: shop}}\n"
        )
    };
    write("catalog-info.yaml", &[component("pay"), component("cart")].join("---\n"));
    write("deployments.csv", "deployment_id,service,finished_at\nD1,acme/mono,2026-05-04T10:00:00Z\n");
    write("incidents.csv", "incident_id,service,created_at,resolved_at\nI1,pay,2026-05-04T11:00:00Z,2026-05-04T12:00:00Z\n");
    let sources = "[[source]]\npath = \"*.yaml\"\nkind = \"backstage\"\n[[source]]\npath = \"deployments.csv\"\nkind = \"table\"\ntable = \"deployments\"\n[[source]]\npath = \"incidents.csv\"\nkind = \"table\"\ntable = \"incidents\"\n";
    write("sequela.toml", sources);
    let config = folder.path().join("sequela.toml");
    let config = config.to_str().unwrap();
    let page = String::from_utf8_lossy(&sequela(&["check", "--config", config, "--quiet"]).stdout).into_owned();
    let asked = "[[catalog.alias]]\nname = \"acme/mono\"\nservices = [\"cart\", \"pay\"]\n";
    assert!(page.contains(asked), "{page}");
    let out = folder.path().join("before");
    run(Path::new(config), &out, &["--quiet", "--no-charts"]);
    assert_eq!(table(&out, "links").height(), 0, "nothing is guessed");
    assert_eq!(table(&out, "ambiguous_names").texts(&ambiguous_names::SERVICES).unwrap().get(0), Some("cart, pay"));
    write("sequela.toml", &format!("{sources}{asked}"));
    let out = folder.path().join("after");
    run(Path::new(config), &out, &["--quiet", "--no-charts"]);
    assert_eq!(table(&out, "links").height(), 1, "the deployment touches both");
    assert_eq!(table(&out, "ambiguous_names").height(), 0);
    let bases = table(&out, "service_aliases");
    assert!(bases.texts(&service_aliases::BASIS).unwrap().iter().any(|basis| basis == Some("settings")));
}
