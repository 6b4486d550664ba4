//! VALUE: the names of things on the web. A canonical URL (what makes two addresses the same page), the host, the site
//! (registrable domain) and the SURT key that sorts captures of one site together. It knows nothing of the network: a URL
//! that cannot be reached is as good a value as any other.

use std::fmt;

use url::Url;

/// Why a piece of text is not a URL that can be archived.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text does not parse as an absolute URL.
    #[error("`{text}` is not a URL: {source}; write it in full, as in https://example.org/page")]
    Invalid {
        /// What was given.
        text: String,
        /// What the parser objects to.
        source: url::ParseError,
    },
    /// The scheme is not one that is archived.
    #[error("`{text}`: only http and https URLs can be archived, not `{scheme}`")]
    Scheme {
        /// What was given.
        text: String,
        /// Its scheme.
        scheme: String,
    },
}

/// Query parameters that say where a visitor came from and never what is shown.
const TRACKING: &[&str] = &[
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "twclid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "_hsenc",
    "_hsmi",
    "mkt_tok",
    "ref_src",
    "ref_url",
    "oly_anon_id",
    "oly_enc_id",
    "vero_id",
    "wickedid",
    "_openstat",
    "fb_action_ids",
    "fb_action_types",
    "fb_source",
    "ns_mchannel",
    "ns_source",
    "ns_campaign",
    "ns_linkname",
    "ns_fee",
    "at_medium",
    "at_campaign",
    "at_custom1",
    "at_custom2",
    "at_custom3",
    "at_custom4",
    "xtor",
    "spm",
    "scm",
];

/// Parses what a person or a page wrote as an address that can be archived: absolute, `http` or `https`, with a host.
/// A missing scheme before something that looks like a host name is read as `https`.
pub fn parse(text: &str) -> Result<Url, Error> {
    let text = text.trim();
    let parsed = match Url::parse(text) {
        Err(url::ParseError::RelativeUrlWithoutBase) if looks_like_host(text) => Url::parse(&format!("https://{text}")),
        Ok(url) if url.cannot_be_a_base() && looks_like_host(text) => Url::parse(&format!("https://{text}")),
        other => other,
    };
    let url = parsed.map_err(|source| Error::Invalid { text: text.to_owned(), source })?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => Err(Error::Scheme { text: text.to_owned(), scheme: scheme.to_owned() }),
    }
}

fn looks_like_host(text: &str) -> bool {
    let host = text.split(['/', '?', '#', ':']).next().unwrap_or("");
    host == "localhost"
        || (host.contains('.')
            && !host.starts_with('.')
            && host.chars().all(|c| c.is_alphanumeric() || ".-".contains(c)))
}

/// The canonical form: no fragment, no tracking parameters, no credentials; everything else is kept, in its order, because
/// two articles must never be merged. (The `url` crate has already lower-cased the host and dropped a default port.)
///
/// ```
/// # use chaffinch::url::canonical;
/// let url = url::Url::parse("HTTP://Example.org:80/a?id=7&utm_source=feed#top").unwrap();
/// assert_eq!(canonical(&url).as_str(), "http://example.org/a?id=7");
/// ```
pub fn canonical(url: &Url) -> Url {
    let mut out = url.clone();
    out.set_fragment(None);
    let _ = out.set_username("");
    let _ = out.set_password(None);
    if let Some(query) = url.query() {
        let kept: Vec<&str> = query.split('&').filter(|pair| !is_tracking(pair)).collect();
        let kept = kept.join("&");
        out.set_query(if kept.is_empty() { None } else { Some(&kept) });
    }
    out
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or("").to_ascii_lowercase();
    name.starts_with("utm_") || TRACKING.contains(&name.as_str())
}

/// The host with its port where that is not the scheme's own: the unit of politeness.
///
/// ```
/// # use chaffinch::url::host;
/// assert_eq!(host(&url::Url::parse("http://127.0.0.1:8080/x").unwrap()), "127.0.0.1:8080");
/// ```
pub fn host(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => String::new(),
    }
}

/// The site: the registrable domain by the public suffix list (`news.bbc.co.uk` is `bbc.co.uk`), or the whole host where
/// there is none (an address, `localhost`).
pub fn site(url: &Url) -> String {
    let host = url.host_str().unwrap_or("");
    match url.host() {
        Some(url::Host::Domain(_)) => psl::domain_str(host).unwrap_or(host).to_owned(),
        _ => host.to_owned(),
    }
}

/// The SURT key of the canonical URL, as pywb and the wayback machines sort by: scheme dropped, host reversed and without
/// `www.`, path and query lower-cased: `org,example)/a?id=7`.
pub fn surt(url: &Url) -> String {
    let canonical = canonical(url);
    let mut key = String::with_capacity(canonical.as_str().len());
    match canonical.host() {
        Some(url::Host::Domain(domain)) => {
            let domain = domain.strip_prefix("www.").unwrap_or(domain);
            let labels: Vec<&str> = domain.rsplit('.').collect();
            key.push_str(&labels.join(","));
        }
        Some(other) => key.push_str(&other.to_string()),
        None => {}
    }
    if let Some(port) = canonical.port() {
        key.push(':');
        key.push_str(&port.to_string());
    }
    key.push(')');
    let path = canonical.path();
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    key.push_str(&path.to_lowercase());
    if let Some(query) = canonical.query() {
        let mut pairs: Vec<String> = query.split('&').map(str::to_lowercase).collect();
        pairs.sort();
        key.push('?');
        key.push_str(&pairs.join("&"));
    }
    key
}

/// Where credentials and cookies may travel: scheme, host and port (RFC 6454).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin(String);

impl Origin {
    /// The origin of an `http` or `https` URL.
    pub fn of(url: &Url) -> Self {
        Self(url.origin().ascii_serialization())
    }

    /// As text: `https://example.org`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_bare_host_is_read_as_https() {
        assert_eq!(parse("example.org/a").unwrap().as_str(), "https://example.org/a");
        assert_eq!(parse("localhost:8080/a").unwrap().as_str(), "https://localhost:8080/a");
    }

    #[test]
    fn what_cannot_be_archived_is_refused_by_its_scheme() {
        assert!(matches!(parse("ftp://example.org/a"), Err(Error::Scheme { .. })));
        assert!(matches!(parse("mailto:a@example.org"), Err(Error::Scheme { .. })));
        assert!(matches!(parse("no url at all"), Err(Error::Invalid { .. })));
    }

    #[test]
    fn tracking_parameters_go_and_all_others_stay_in_order() {
        let clean = canonical(&url("http://u:p@example.org/?b=2&utm_medium=x&a=1&fbclid=9#f"));
        assert_eq!(clean.as_str(), "http://example.org/?b=2&a=1");
    }

    #[test]
    fn a_host_in_letters_that_look_alike_is_another_host_and_shown_as_such() {
        // The first letter is Cyrillic.
        let forged = canonical(&url("http://\u{430}pple.example/"));
        assert_eq!(forged.as_str(), "http://xn--pple-43d.example/");
        assert_ne!(site(&forged), site(&url("http://apple.example/")));
        assert_eq!(Origin::of(&forged).to_string(), "http://xn--pple-43d.example");
        // Wide letters are the same letters (UTS 46).
        assert_eq!(canonical(&url("http://\u{ff41}pple.example/")).as_str(), "http://apple.example/");
    }

    proptest! {
        #[test]
        fn what_is_canonical_stays_as_it_is(path in "[a-zA-Z0-9/._~%-]{0,40}", query in "[a-z_=&0-9%+]{0,60}") {
            let once = canonical(&url(&format!("https://a.test/{path}?{query}")));
            prop_assert_eq!(canonical(&once), once);
        }

        #[test]
        fn pages_that_differ_in_what_is_no_tracking_stay_two(
            path in "[a-z]{1,8}", name in "(id|p|page|article|q|lang|s|ref_id|v)", values in ("[0-9]{1,6}", "[0-9]{1,6}"),
            tracking in "(utm_source|utm_medium|fbclid|gclid)",
        ) {
            prop_assume!(values.0 != values.1);
            let at = |value: &str, more: &str| canonical(&url(&format!("https://a.test/{path}?{name}={value}{more}")));
            prop_assert_ne!(at(&values.0, ""), at(&values.1, ""));
            let tracked = format!("&{tracking}={}", values.1);
            prop_assert_eq!(at(&values.0, &tracked), at(&values.0, ""));
        }
    }

    #[test]
    fn the_site_is_the_registrable_domain() {
        assert_eq!(site(&url("https://news.bbc.co.uk/x")), "bbc.co.uk");
        assert_eq!(site(&url("http://127.0.0.1:81/x")), "127.0.0.1");
        assert_eq!(site(&url("http://localhost/x")), "localhost");
    }

    #[test]
    fn surt_keys_sort_a_site_together() {
        assert_eq!(surt(&url("https://www.Example.org:8443/A/?y=2&X=1")), "org,example:8443)/a?x=1&y=2");
        assert_eq!(surt(&url("http://example.org/")), "org,example)/");
    }
}
