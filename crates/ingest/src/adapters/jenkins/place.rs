//! Which job a build belongs to, from its address or its display name.

/// Job and number in an address such as `https://ci/job/team/job/app/31/`.
pub(super) fn of_address(address: &str) -> (Option<String>, Option<String>) {
    let mut parts = address.split('/').skip_while(|part| *part != "job");
    let mut names = Vec::new();
    let mut rest = None;
    while let Some(part) = parts.next() {
        if part != "job" {
            rest = Some(part);
            break;
        }
        names.extend(parts.next().filter(|name| !name.is_empty()).map(plain));
    }
    let number = rest.filter(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())).map(str::to_owned);
    ((!names.is_empty()).then(|| names.join("/")), number)
}

/// Job in a full display name such as `team » app #31`; `own` is the display name of the build itself.
pub(super) fn of_display(full: &str, own: Option<&str>, number: &str) -> Option<String> {
    // A file written in UTF-8 and read as windows-1252 once.
    let full = full.replace("Â»", "»");
    let numbered = format!("#{number}");
    let job = own
        .and_then(|own| full.strip_suffix(own))
        .or_else(|| full.strip_suffix(&numbered))
        .or_else(|| full.rsplit_once(" #").map(|(job, _)| job))
        .or_else(|| full.rsplit_once(' ').map(|(job, _)| job))?;
    let names: Vec<&str> = job.split('»').map(str::trim).filter(|name| !name.is_empty()).collect();
    (!names.is_empty()).then(|| names.join("/"))
}

/// A name without percent signs. Branches stand encoded in the names of jobs, and encoded once more in addresses.
pub(super) fn plain(name: &str) -> String {
    decoded(&decoded(name))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let code = match tail {
            [high, low, after @ ..] if *first == b'%' => {
                hexadecimal(*high).zip(hexadecimal(*low)).map(|(high, low)| (high * 16 + low, after))
            }
            _ => None,
        };
        bytes.push(code.map_or(*first, |(byte, _)| byte));
        rest = code.map_or(rest, |(_, after)| after);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hexadecimal(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(of_address("https://ci/job/team/job/app/31/"), (some("team/app"), some("31")));
        assert_eq!(
            of_address("/view/all/job/o/job/app/job/feature%252Fx/2/execution/node/6/wfapi/describe"),
            (some("o/app/feature/x"), some("2"))
        );
        assert_eq!(of_address("https://ci/job/Auto%20Init/"), (some("Auto Init"), None));
        assert_eq!(of_address("https://ci/"), (None, None));
        assert_eq!(of_address("job/job"), (some("job"), None));
    }

    #[test]
    fn display_names() {
        assert_eq!(of_display("team » app #31", None, "31").as_deref(), Some("team/app"));
        assert_eq!(of_display("team Â» app #31", Some("#31"), "31").as_deref(), Some("team/app"));
        assert_eq!(of_display("team » app 1.4 of May", Some("1.4 of May"), "31").as_deref(), Some("team/app"));
        assert_eq!(of_display("app 1.4", None, "31").as_deref(), Some("app"));
    }

    proptest::proptest! {
        #[test]
        fn any_name_is_decoded(name in ".{0,20}") {
            let _ = (plain(&name), of_address(&name), of_display(&name, Some(&name), "1"));
        }
    }
}
