//! Which services a change touches where several live in one repository: by the folders whose files it changes.

use std::collections::BTreeSet;

use glob::{MatchOptions, Pattern};

use crate::IngestError;
use crate::source::Alias;

/// A folder of a repository and the services that live in it.
#[derive(Debug)]
pub(crate) struct Rule {
    repository: String,
    pattern: Pattern,
    services: Vec<String>,
}

/// The aliases that name a path.
pub(crate) fn rules(aliases: &[Alias]) -> Result<Vec<Rule>, IngestError> {
    let with_path = aliases.iter().filter_map(|alias| Some((alias, alias.path.as_deref()?)));
    with_path
        .map(|(alias, path)| {
            // `services/pay`, `services/pay/` and `services/pay/**` all mean the folder.
            let plain = path.trim_start_matches("./").trim_start_matches('/').trim_end_matches("**").trim_end_matches('/');
            let pattern = if plain.contains(['*', '?', '[']) { path.to_owned() } else { format!("{plain}/**") };
            let pattern = Pattern::new(&pattern).map_err(|error| IngestError::Pattern {
                path: format!("{path} of catalog.alias {}", alias.name),
                reason: error.to_string(),
            })?;
            Ok(Rule { repository: alias.name.clone(), pattern, services: alias.services.clone() })
        })
        .collect()
}

/// Numbers of the rules whose folder a file lies in, whatever the repository.
pub(crate) fn touched<'r>(rules: &'r [Rule], file: &'r str) -> impl Iterator<Item = usize> + 'r {
    let options = MatchOptions { case_sensitive: true, require_literal_separator: false, require_literal_leading_dot: false };
    rules.iter().enumerate().filter(move |(_, rule)| rule.pattern.matches_with(file, options)).map(|(number, _)| number)
}

/// Services that the touched rules of a repository name, in the order of the rules; none where no rule of it is touched.
pub(crate) fn services<'r>(rules: &'r [Rule], repository: &str, touched: &BTreeSet<usize>) -> Vec<&'r str> {
    let mut found = Vec::new();
    let own = touched.iter().filter_map(|number| rules.get(*number)).filter(|rule| is_same(&rule.repository, repository));
    for service in own.flat_map(|rule| &rule.services) {
        if !found.contains(&service.as_str()) {
            found.push(service.as_str());
        }
    }
    found
}

/// Whether two ways of naming a repository mean the same: address, `owner/name`, or the bare name.
pub(crate) fn is_same(left: &str, right: &str) -> bool {
    fn parts(name: &str) -> Vec<&str> {
        let bare = name.trim_end_matches('/').trim_end_matches(".git");
        let path = bare.split_once("://").map_or(bare, |(_, rest)| rest);
        path.rsplit(['/', ':']).filter(|part| !part.is_empty()).take(2).collect()
    }
    let (left, right) = (parts(left), parts(right));
    !left.is_empty() && !right.is_empty() && left.iter().zip(&right).all(|(left, right)| left.eq_ignore_ascii_case(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(name: &str, path: &str, services: &[&str]) -> Alias {
        let services = services.iter().map(ToString::to_string).collect();
        Alias { name: name.to_owned(), services, path: Some(path.to_owned()) }
    }

    #[test]
    fn folders_decide_which_services_of_a_repository_changed() {
        let rules = rules(&[
            alias("acme/mono", "services/pay/**", &["payments"]),
            alias("acme/mono", "services/cart", &["cart"]),
            alias("acme/mono", "libs/*/money.rs", &["payments", "cart"]),
            alias("acme/other", "services/pay", &["other"]),
        ])
        .unwrap();
        let of = |repository: &str, files: &[&str]| {
            let touched = files.iter().flat_map(|file| touched(&rules, file)).collect();
            services(&rules, repository, &touched).join(" ")
        };
        assert_eq!(of("https://github.com/acme/mono.git", &["services/pay/src/main.rs"]), "payments");
        assert_eq!(of("git@github.com:acme/mono.git", &["services/cart/a", "services/pay/b"]), "payments cart");
        assert_eq!(of("mono", &["libs/core/money.rs", "README.md"]), "payments cart");
        assert_eq!(of("acme/mono", &["services/payout/a", "README.md"]), "");
    }

    #[test]
    fn repositories_are_named_in_many_ways() {
        assert!(is_same("acme/mono", "https://gitlab.example/acme/mono.git") && is_same("mono", "acme/Mono"));
        assert!(!is_same("acme/mono", "other/mono") && !is_same("", "mono") && !is_same("acme/mono", "acme/monolith"));
    }
}
