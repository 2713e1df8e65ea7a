//! Which services live in which repository, so that the bare name of a repository may mean its service.

use std::collections::{BTreeMap, BTreeSet};

use super::Desk;

/// Services by the bare name of their repository.
#[derive(Debug, Default)]
pub(crate) struct Repositories {
    services: BTreeMap<String, BTreeSet<String>>,
}

impl Repositories {
    /// Notes that a service lives in a repository.
    pub(crate) fn add(&mut self, repository: &str, service: &str) {
        if let Some(name) = name(repository) {
            self.services.entry(name.to_owned()).or_default().insert(service.to_owned());
        }
    }

    /// The bare name of a repository stands for every service that lives in it, unless a service is called so. Where several do, the
    /// name is ambiguous and asked about.
    pub(crate) fn name_services(&mut self, names: &BTreeSet<String>, desk: &mut Desk<'_>) {
        for (name, services) in std::mem::take(&mut self.services) {
            for service in services.iter().filter(|_| !names.contains(&name)) {
                desk.alias(&name, "repo", service, "name of the repository");
            }
        }
    }
}

/// The last part of `organisation/repository`, or of an address of a whole repository.
pub(crate) fn name(repository: &str) -> Option<&str> {
    let name = whole(repository).trim_end_matches('/').trim_end_matches(".git").rsplit_once(['/', ':'])?.1;
    (!name.is_empty()).then_some(name)
}

/// The address of a repository without the branch and folder in it.
pub(crate) fn whole(address: &str) -> &str {
    let whole = address.split("/-/").next().unwrap_or(address);
    whole.split("/tree/").next().unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_repositories() {
        let rows = [
            ("acme/shop", Some("shop")),
            ("https://github.com/acme/shop.git", Some("shop")),
            ("https://github.com/acme/shop/tree/main/services/pay/", Some("shop")),
            ("https://gitlab.com/acme/shop/-/tree/main/", Some("shop")),
            ("git@github.com:shop.git", Some("shop")),
            ("shop", None),
        ];
        for (text, expected) in rows {
            assert_eq!(name(text), expected, "{text}");
        }
    }
}
