//! Addresses of repositories, and the names of their branches and tags.

use sequela_schema::canonical::deployments;
use sequela_schema::vocabulary::kind;

use super::Entry;

/// Host, owner and name of a repository, as people open it, from any address below it: of a page or of the interface.
pub(crate) fn address(below: &str) -> Option<String> {
    let (scheme, rest) = below.split_once("://")?;
    let (host, path) = rest.split_once('/')?;
    // What stands between host and owner in addresses of an interface.
    let prefixes: &[&str] = if host.starts_with("api.") { &["repos/", "2.0/repositories/"] } else { &["api/v3/repos/"] };
    let path = prefixes.iter().find_map(|prefix| path.strip_prefix(prefix)).unwrap_or(path);
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let (owner, name) = (parts.next()?, parts.next()?);
    Some(format!("{scheme}://{}/{owner}/{name}", host.trim_start_matches("api.")))
}

/// The last part of an address.
pub(crate) fn name(address: &str) -> Option<&str> {
    address.trim_end_matches('/').rsplit('/').next().map(|name| name.trim_end_matches(".git")).filter(|name| !name.is_empty())
}

/// Fills name and type of a branch or tag, which may be written in full: `refs/heads/main`.
pub(crate) fn put_reference(entry: &mut Entry<'_>, reference: &str) {
    let (name, kind) = match reference.strip_prefix("refs/heads/") {
        Some(branch) => (branch, Some("branch")),
        None => reference.strip_prefix("refs/tags/").map_or((reference, None), |tag| (tag, Some("tag"))),
    };
    entry.put(&deployments::REF_NAME, name);
    entry.put_opt(&deployments::REF_TYPE, kind);
}

/// Makes a deployment from a branch such as `hotfix/login` a hotfix, unless its kind is known already.
pub(crate) fn mark_hotfix(entry: &mut Entry<'_>) {
    let is_hotfix = entry.get(&deployments::REF_NAME).is_some_and(names_hotfix);
    if is_hotfix && !entry.has(&deployments::KIND) {
        entry.put(&deployments::KIND, kind::HOTFIX);
        entry.put(&deployments::KIND_BASIS, "rule");
    }
}

/// Whether a branch, tag or job is named after a hotfix.
pub(crate) fn names_hotfix(text: &str) -> bool {
    let text = text.to_lowercase();
    let text = text.trim_start_matches("refs/heads/").trim_start_matches("refs/tags/");
    ["hotfix", "hot-fix", "hot_fix", "release-fix"].iter().any(|word| text.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_every_form_name_the_repository() {
        for below in [
            "https://api.github.com/repos/o/r/deployments/7/statuses",
            "https://github.com/o/r/actions/runs/1",
            "https://github.com/o/r",
            "https://api.github.com/repos/o/r",
        ] {
            assert_eq!(address(below).as_deref(), Some("https://github.com/o/r"), "{below}");
        }
        assert_eq!(address("https://git.example.com/api/v3/repos/o/r/issues/4").as_deref(), Some("https://git.example.com/o/r"));
        assert_eq!(address("https://github.com/repos/api").as_deref(), Some("https://github.com/repos/api"));
        assert_eq!(address("https://api.bitbucket.org/2.0/repositories/o/r/issues/27").as_deref(), Some("https://bitbucket.org/o/r"));
        assert_eq!((address("https://x/y"), address("no address")), (None, None));
        assert_eq!(name("git@host:o/r.git"), Some("r"));
    }

    #[test]
    fn hotfixes_by_name() {
        assert!(names_hotfix("hotfix/login") && names_hotfix("refs/heads/Hotfix-7") && names_hotfix("release-fix/1.2"));
        assert!(!names_hotfix("feature/hotfix-button") && !names_hotfix("main"));
    }
}
