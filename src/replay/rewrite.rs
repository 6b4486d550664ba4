//! PURE: a captured page changed so that everything it loads comes out of the archive and every link leads into it. What
//! cannot be led there (scripts, plug-ins, hints to fetch ahead, anything unknown that could load) is taken out. It knows
//! nothing of the archive but a question: is this address kept? The sandbox policy of the server is a second wall behind it.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use lol_html::html_content::{ContentType, Doctype, Element, TextChunk, TextType};
use lol_html::{DocumentContentHandlers, ElementContentHandlers, RewriteStrSettings, rewrite_str};
use url::Url;

use crate::replay::address::{Address, Modifier, Stamp};
use crate::replay::attributes::{self, Use};
use crate::replay::css::{self, Purpose};
use crate::replay::entities;
use crate::replay::image;

/// How deep documents within documents (`srcdoc`, `noscript`) are followed; what lies deeper is left out.
const NESTING_MAX: u8 = 3;

/// Why a page cannot be rewritten.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The parser gave up: a single tag larger than its memory.
    #[error("the markup of {url} cannot be read for replay: {reason}; its bytes are still there under `id_`")]
    Markup {
        /// The page.
        url: Url,
        /// What the parser says.
        reason: String,
    },
}

/// Where links and parts of a page are led.
#[derive(Clone, Copy)]
pub struct Lead<'a> {
    /// When the page was captured.
    pub stamp: Stamp,
    /// The page's own address.
    pub url: &'a Url,
    /// The form that links take.
    pub links: Links<'a>,
    /// What stands before `/TIMESTAMPim_/URL` of a part: empty on the port of the captures, else its origin.
    pub parts: &'a str,
    /// Whether the archive keeps an address.
    pub kept: &'a dyn Fn(&Url) -> bool,
}

/// The form that links take.
#[derive(Clone, Copy)]
pub enum Links<'a> {
    /// `/TIMESTAMP/URL` under an origin, in the whole window: the banner stands there.
    Captures {
        /// The origin of the interface, as in `http://127.0.0.1:8088`.
        origin: &'a str,
    },
    /// `/article?url=URL`, the reader view.
    Reader,
}

impl Lead<'_> {
    /// Where a part of the page is found; `None` where it cannot be in an archive.
    pub(crate) fn part(&self, base: &Url, written: &str, modifier: Modifier) -> Option<String> {
        let url = base.join(written.trim()).ok()?;
        match url.scheme() {
            "http" | "https" => Some(self.address(url, modifier)),
            "data" if is_harmless_data(url.path()) && !matches!(modifier, Modifier::Style | Modifier::Frame) => {
                Some(url.into())
            }
            _ => None,
        }
    }

    /// Where a kept address is found.
    pub(crate) fn address(&self, url: Url, modifier: Modifier) -> String {
        let address = Address { stamp: self.stamp, exact: true, modifier, url };
        format!("{}{}", self.parts, address.path())
    }

    fn link(&self, base: &Url, written: &str) -> Option<String> {
        let written = written.trim();
        if written.starts_with('#') {
            return Some(written.to_owned());
        }
        let mut url = base.join(written).ok()?;
        match url.scheme() {
            "http" | "https" => {}
            "mailto" | "tel" => return Some(url.into()),
            _ => return None,
        }
        let fragment = url.fragment().map(|fragment| format!("#{fragment}"));
        url.set_fragment(None);
        if let (Some(fragment), true) = (&fragment, url == *self.url) {
            return Some(fragment.clone());
        }
        let fragment = fragment.unwrap_or_default();
        Some(match self.links {
            Links::Captures { origin } => {
                let address = Address { stamp: self.stamp, exact: true, modifier: Modifier::Page, url };
                format!("{origin}{}{fragment}", address.path())
            }
            Links::Reader => {
                let query: String = url::form_urlencoded::Serializer::new(String::new())
                    .append_pair("url", url.as_str())
                    .append_pair("at", &self.stamp.to_string())
                    .finish();
                format!("/article?{query}{fragment}")
            }
        })
    }
}

/// Data in the address itself that shows and does not run.
fn is_harmless_data(path: &str) -> bool {
    let kind = path.split([';', ',']).next().unwrap_or("").trim().to_ascii_lowercase();
    let font = kind.starts_with("application/") && kind.contains("font");
    font || ["image/", "font/", "audio/", "video/"].iter().any(|prefix| kind.starts_with(prefix))
}

/// Rewrites a page (or a fragment of one), already decoded; the answer is to be served as UTF-8.
pub fn html(text: &str, lead: &Lead<'_>) -> Result<String, Error> {
    let base = base_of(text, lead.url);
    document(text, lead, &base, 0)
}

/// Rewrites a style sheet, already decoded, that was captured at `lead.url`.
pub fn style_sheet(text: &str, lead: &Lead<'_>) -> String {
    style(text, lead, lead.url)
}

fn style(text: &str, lead: &Lead<'_>, base: &Url) -> String {
    css::rewrite(text, &mut |url, purpose| match purpose {
        Purpose::Import => lead.part(base, url, Modifier::Style),
        Purpose::Resource => lead.part(base, url, Modifier::Image),
    })
}

/// The address that relative ones are resolved against: the first `<base href>`, wherever it stands.
fn base_of(text: &str, url: &Url) -> Url {
    if !text.as_bytes().windows(5).any(|window| window.eq_ignore_ascii_case(b"<base")) {
        return url.clone();
    }
    let found: RefCell<Option<Url>> = RefCell::new(None);
    let handler = lol_html::element!("base[href]", |element| {
        let href = element.get_attribute("href").unwrap_or_default();
        let mut found = found.borrow_mut();
        if found.is_none() {
            *found = url.join(entities::decode(&href).trim()).ok();
        }
        Ok(())
    });
    // The real pass says what is wrong with the markup, where something is.
    let _ = rewrite_str(text, settings().append_element_content_handler(handler));
    let found = found.borrow().clone();
    found.filter(|base| matches!(base.scheme(), "http" | "https")).unwrap_or_else(|| url.clone())
}

fn settings<'h, 's>() -> RewriteStrSettings<'h, 's> {
    // Not strict: markup that the parser finds ambiguous is made unambiguous on the way out (see `Pass::text`).
    RewriteStrSettings::new().with_strict(false)
}

fn document(text: &str, lead: &Lead<'_>, base: &Url, depth: u8) -> Result<String, Error> {
    let pass = RefCell::new(Pass {
        lead,
        base,
        depth,
        opened: String::new(),
        buffer: String::new(),
        open_style: Rc::default(),
        lazy: false,
    });
    let settings = settings()
        .append_element_content_handler((
            Cow::Owned("*".parse().map_err(|error| markup(lead.url, &error))?),
            ElementContentHandlers::default().element(|element: &mut Element<'_, '_>| {
                pass.borrow_mut().element(element);
                Ok(())
            }),
        ))
        .append_document_content_handler(
            DocumentContentHandlers::default()
                .text(|chunk: &mut TextChunk<'_>| {
                    pass.borrow_mut().text(chunk);
                    Ok(())
                })
                .comments(|comment: &mut lol_html::html_content::Comment<'_>| {
                    comment.remove();
                    Ok(())
                })
                .doctype(|doctype: &mut Doctype<'_>| {
                    let ids = [doctype.public_id(), doctype.system_id()];
                    if ids.iter().flatten().any(|id| id.contains('<')) {
                        doctype.remove();
                    }
                    Ok(())
                }),
        );
    rewrite_str(&with_empty_drawings_closed(text), settings).map_err(|error| markup(lead.url, &error))
}

/// Writes `<svg/>` as `<svg></svg>` (and `<math/>` likewise): browsers mean the same by both, and the rewriter, which keeps no
/// tree, would take all that follows the first for a part of the drawing.
fn with_empty_drawings_closed(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let mut done = 0;
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|b| *b == b'<') {
        let start = at + found + 1;
        at = start;
        let named =
            |name: &str| bytes[start..].get(..name.len()).is_some_and(|b| b.eq_ignore_ascii_case(name.as_bytes()));
        let Some(name) = ["svg", "math"].into_iter().find(|name| named(name)) else { continue };
        let Some(end) = tag_end(&bytes[start..]).map(|end| start + end) else { break };
        if bytes[end - 1] == b'/' {
            out.push_str(&text[done..end - 1]);
            out.push_str("></");
            out.push_str(name);
            done = end;
        }
        at = end;
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// Where the `>` of a tag stands, those within quoted values left aside.
fn tag_end(bytes: &[u8]) -> Option<usize> {
    let mut quote = None;
    let mut before = b' ';
    for (at, &byte) in bytes.iter().enumerate() {
        match quote {
            Some(open) if byte == open => quote = None,
            None if byte == b'>' => return Some(at),
            None if matches!(byte, b'"' | b'\'') && before == b'=' => quote = Some(byte),
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
    }
    None
}

fn markup(url: &Url, error: &dyn std::fmt::Display) -> Error {
    Error::Markup { url: url.clone(), reason: error.to_string() }
}

/// One pass over one document.
struct Pass<'a> {
    lead: &'a Lead<'a>,
    base: &'a Url,
    depth: u8,
    /// The element opened last: text that is not ordinary text belongs to it.
    opened: String,
    buffer: String,
    /// Whether a `<style>` is open. In SVG it may hold elements, and the text behind them is style sheet too.
    open_style: Rc<Cell<bool>>,
    /// Whether the last element was an image whose lazy loading was undone: a `<noscript>` after it says the same again.
    lazy: bool,
}

impl Pass<'_> {
    fn element(&mut self, element: &mut Element<'_, '_>) {
        let tag = element.tag_name();
        let foreign = !element.namespace_uri().ends_with("xhtml");
        self.buffer.clear();
        self.opened.clone_from(&tag);
        let lazy = std::mem::take(&mut self.lazy);
        match tag.as_str() {
            "script" | "base" | "embed" | "noembed" | "noframes" | "portal" | "fencedframe" => element.remove(),
            "noscript" if lazy => element.remove(),
            "noscript" | "object" | "applet" => element.remove_and_keep_content(),
            "animate" | "set" | "animatetransform" if animates_address(element) => element.remove(),
            "meta" if !meta_stays(element) => element.remove(),
            "link" if !attributes::link_is_wanted(element) => element.remove(),
            "source" if image::source_is_unkept(element, self.lead, self.base) => element.remove(),
            // Outside SVG, browsers read `<image>` as `<img>`.
            "image" if !foreign => {
                let _ = element.set_tag_name("img");
                self.image(element);
            }
            // Elements whose text no parser may take for markup: shown as what they are.
            "xmp" | "plaintext" => {
                self.attributes(element, &tag);
                let _ = element.set_tag_name("pre");
            }
            "img" => self.image(element),
            _ => {
                self.attributes(element, &tag);
                if tag == "style" {
                    self.open_style(element);
                }
            }
        }
    }

    fn open_style(&self, element: &mut Element<'_, '_>) {
        if let Some(handlers) = element.end_tag_handlers() {
            self.open_style.set(true);
            let open = Rc::clone(&self.open_style);
            handlers.push(Box::new(move |_| {
                open.set(false);
                Ok(())
            }));
        }
    }

    fn image(&mut self, element: &mut Element<'_, '_>) {
        let found = image::choose(element, self.lead, self.base);
        self.lazy = found.lazy;
        if found.kept || matches!(self.lead.links, Links::Captures { .. }) {
            self.attributes(element, "img");
            return;
        }
        let alt = element.get_attribute("alt").unwrap_or_default();
        let alt = entities::encode(&entities::decode(&alt));
        let missing =
            format!("<span class=\"missing\">An image that is not in this archive{}{alt}</span>", colon(&alt));
        element.replace(&missing, ContentType::Html);
    }

    fn attributes(&self, element: &mut Element<'_, '_>, tag: &str) {
        // A link sets the target itself.
        element.remove_attribute("target");
        let mut written: Vec<(String, String)> = Vec::with_capacity(element.attributes().len());
        for attribute in element.attributes() {
            // Of an attribute written twice the first counts.
            if !written.iter().any(|(name, _)| *name == attribute.name()) {
                written.push((attribute.name(), attribute.value()));
            }
        }
        for (name, raw) in written {
            match attributes::of(tag, &name, element) {
                // No browser follows it there; a page that is served holds no such address anywhere.
                Use::Inert if runs(&entities::decode(&raw)) => element.remove_attribute(&name),
                Use::Inert if raw.contains('<') => {
                    let _ = element.set_attribute(&name, &raw.replace('<', "&lt;"));
                }
                Use::Inert | Use::Done => {}
                Use::Remove => element.remove_attribute(&name),
                Use::Link => self.set_link(element, &name, &raw),
                Use::Part(modifier) => {
                    let led = self.part(&entities::decode(&raw), modifier);
                    set_or_remove(element, &name, led);
                }
                Use::Style => {
                    let css = style(&entities::decode(&raw), self.lead, self.base);
                    set_or_remove(element, &name, Some(css));
                }
                Use::Document => {
                    let inner = self.inner(&entities::decode(&raw));
                    set_or_remove(element, &name, inner);
                }
            }
        }
    }

    fn part(&self, written: &str, modifier: Modifier) -> Option<String> {
        let written = written.trim();
        if written.starts_with('#') || (modifier == Modifier::Frame && written == "about:blank") {
            return Some(written.to_owned());
        }
        self.lead.part(self.base, written, modifier)
    }

    fn set_link(&self, element: &mut Element<'_, '_>, name: &str, raw: &str) {
        let led = self.lead.link(self.base, &entities::decode(raw));
        let leaves = led.as_deref().is_some_and(|led| !led.starts_with('#'));
        set_or_remove(element, name, led);
        if leaves && matches!(self.lead.links, Links::Captures { .. }) {
            // The window, not the frame: the banner above must say what is shown below it.
            let _ = element.set_attribute("target", "_top");
        }
    }

    /// A document within the document.
    fn inner(&self, text: &str) -> Option<String> {
        if self.depth >= NESTING_MAX {
            return None;
        }
        let base = base_of(text, self.base);
        document(text, self.lead, &base, self.depth + 1).ok()
    }

    /// Text is left alone where every parser takes it for text. Where one might not (the rewriter sees no tree, so it can
    /// be led astray about which mode the browser is in), it is written so that it holds no markup either way.
    fn text(&mut self, chunk: &mut TextChunk<'_>) {
        match chunk.text_type() {
            TextType::Data | TextType::CDataSection if self.open_style.get() => self.collect(chunk),
            // A sign before something that is taken out would begin a tag with what stands behind it.
            TextType::Data | TextType::RCData if chunk.as_str().contains('<') => {
                let escaped = chunk.as_str().replace('<', "&lt;");
                chunk.replace(&escaped, ContentType::Html);
            }
            TextType::Data | TextType::RCData => {}
            TextType::RawText if matches!(self.opened.as_str(), "style" | "noscript") => self.collect(chunk),
            TextType::RawText if self.opened == "xmp" => as_text(chunk),
            TextType::RawText | TextType::ScriptData => chunk.remove(),
            TextType::PlainText | TextType::CDataSection => as_text(chunk),
        }
    }

    /// Gathers the text of an element that is rewritten as a whole.
    fn collect(&mut self, chunk: &mut TextChunk<'_>) {
        self.buffer.push_str(chunk.as_str());
        if !chunk.last_in_text_node() {
            chunk.remove();
            return;
        }
        let text = std::mem::take(&mut self.buffer);
        match self.opened.as_str() {
            _ if chunk.text_type() != TextType::RawText => {
                chunk.replace(&style(&entities::decode(&text), self.lead, self.base), ContentType::Text);
            }
            "style" => chunk.replace(&without_tags(&style(&text, self.lead, self.base)), ContentType::Html),
            _ => chunk.replace(&self.inner(&text).unwrap_or_default(), ContentType::Html),
        }
    }
}

/// Whether a `<meta>` may stay; a declared charset becomes the one that is served.
fn meta_stays(element: &mut Element<'_, '_>) -> bool {
    if element.has_attribute("charset") {
        let _ = element.set_attribute("charset", "utf-8");
        element.remove_attribute("http-equiv");
        element.remove_attribute("content");
        return true;
    }
    let name = element.get_attribute("name").unwrap_or_default().trim().to_ascii_lowercase();
    let harmless = matches!(name.as_str(), "viewport" | "color-scheme" | "theme-color" | "description" | "author");
    harmless && !element.has_attribute("http-equiv")
}

fn colon(text: &str) -> &'static str {
    if text.is_empty() { "" } else { ": " }
}

fn as_text(chunk: &mut TextChunk<'_>) {
    let text = chunk.as_str().to_owned();
    chunk.replace(&text, ContentType::Text);
}

/// A style sheet in which nothing can be taken for a tag: `<` is written as an escape where a tag could begin.
fn without_tags(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let begins_tag = rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        out.push_str(if begins_tag { "\\3c " } else { "<" });
    }
    out.push_str(rest);
    out
}

/// Whether an address would run where it is followed.
fn runs(value: &str) -> bool {
    const SCHEME: &str = "javascript:";
    let value = value.trim_start_matches(|c: char| c <= ' ');
    value.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
}

fn set_or_remove(element: &mut Element<'_, '_>, name: &str, value: Option<String>) {
    match value {
        // A name that the parser takes and the writer refuses cannot be one that matters.
        Some(value) => {
            if element.set_attribute(name, &entities::encode(&value)).is_err() {
                element.remove_attribute(name);
            }
        }
        None => element.remove_attribute(name),
    }
}

/// Whether an SVG animation changes where something leads.
fn animates_address(element: &Element<'_, '_>) -> bool {
    let name = element.get_attribute("attributename").unwrap_or_default();
    let name = entities::decode(&name).to_ascii_lowercase();
    name.contains("href") || name.contains("src") || name.contains("style")
}

#[cfg(test)]
mod tests;
