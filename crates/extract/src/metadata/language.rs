//! The language of the page as a BCP 47 tag, from what it declares.

use crate::metadata::evidence::Evidence;
use crate::metadata::jsonld::Linked;

/// The declared language.
pub(crate) fn language(evidence: &Evidence<'_>, linked: &Linked) -> Option<String> {
    let metas = ["content-language", "og:locale", "dc.language", "dcterms.language", "language"];
    let declared = evidence.html_lang.into_iter().chain(metas.iter().flat_map(|name| evidence.metas_of(name)));
    declared.chain(linked.language.as_deref()).find_map(normalised)
}

/// A language tag in the case BCP 47 recommends; nothing where it is no tag.
pub(crate) fn normalised(tag: &str) -> Option<String> {
    let tag = tag.trim().split([',', ';', ' ', '.']).next()?.replace('_', "-");
    let mut out = String::new();
    for (place, part) in tag.split('-').enumerate() {
        if part.is_empty() || part.len() > 8 || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        match (place, part.len()) {
            (0, 2 | 3) if part.bytes().all(|b| b.is_ascii_alphabetic()) => out.push_str(&part.to_ascii_lowercase()),
            (0, _) => return None,
            (_, 4) if part.bytes().all(|b| b.is_ascii_alphabetic()) => {
                out.push('-');
                out.push_str(&part[..1].to_ascii_uppercase());
                out.push_str(&part[1..].to_ascii_lowercase());
            }
            (_, 2) => {
                out.push('-');
                out.push_str(&part.to_ascii_uppercase());
            }
            _ => {
                out.push('-');
                out.push_str(&part.to_ascii_lowercase());
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_written_as_bcp_47_recommends() {
        assert_eq!(normalised("PT_br").as_deref(), Some("pt-BR"));
        assert_eq!(normalised("zh-hans-cn").as_deref(), Some("zh-Hans-CN"));
        assert_eq!(normalised("en_US.UTF-8").as_deref(), Some("en-US"));
        assert_eq!(normalised("english"), None);
        assert_eq!(normalised("x"), None);
    }
}
