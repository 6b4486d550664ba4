//! PURE: a captured page changed so that everything it loads comes out of the archive and every link leads into it. What
//! cannot be led there (scripts, plug-ins, hints to fetch ahead, anything unknown that could load) is taken out. It knows
//! nothing of the archive but a question: is this address kept? The sandbox policy of the server is a second wall behind it.

use url::Url;

use crate::discover::css::{self, Purpose};
use crate::replay::address::{Modifier, Stamp};
use crate::replay::attributes::{self, Use};
use crate::replay::entities;
use crate::replay::image;
use crate::replay::markup::{Piece, Pieces};
use crate::replay::spaces::Spaces;
use crate::replay::tag::{Attribute, Tag};
use crate::replay::way::Way;

/// How deep documents within documents (`srcdoc`) are followed; what lies deeper is left out.
const NESTING_MAX: u8 = 3;

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
    /// The same in a page whose scripts run: they stay, and what calls them.
    Running {
        /// The origin of the interface.
        origin: &'a str,
    },
    /// `/article?url=URL`, the reader view.
    Reader,
}

impl Links<'_> {
    /// Whether the page is shown as captured, and not as an article.
    fn are_captured(self) -> bool {
        !matches!(self, Self::Reader)
    }
}

/// Rewrites a page (or a fragment of one), already decoded; the answer is to be served as UTF-8.
pub fn html(text: &str, lead: &Lead<'_>) -> String {
    document(text, Way::new(lead, base_of(text, lead.url)), 0)
}

/// Rewrites a style sheet, already decoded, that was captured at `lead.url`.
pub fn style_sheet(text: &str, lead: &Lead<'_>) -> String {
    style(text, &Way::new(lead, lead.url.clone()))
}

fn style(text: &str, way: &Way<'_>) -> String {
    css::rewrite(text, &mut |url, purpose| match purpose {
        Purpose::Import => way.part(url, Modifier::Style),
        Purpose::Resource => way.part(url, Modifier::Image),
    })
}

/// The address that relative ones are resolved against: the first `<base href>`, wherever it stands.
fn base_of(text: &str, url: &Url) -> Url {
    let bytes = text.as_bytes();
    let is_base = |at: usize| bytes.get(at + 1..at + 5).is_some_and(|name| name.eq_ignore_ascii_case(b"base"));
    if !memchr::memchr_iter(b'<', bytes).any(is_base) {
        return url.clone();
    }
    let mut pieces = Pieces::new(text);
    while let Some(piece) = pieces.next_piece() {
        let Piece::Start(rest) = piece else { continue };
        let (tag, length) = Tag::read(rest, &mut Vec::new());
        pieces.past(length);
        let Some(tag) = tag else { continue };
        match tag.name() {
            "base" => {
                let Some(href) = tag.get("href") else { continue };
                let base = url.join(entities::decode(href).trim()).ok();
                return base.filter(|it| matches!(it.scheme(), "http" | "https")).unwrap_or_else(|| url.clone());
            }
            "script" => {
                pieces.script();
            }
            name @ ("style" | "title" | "textarea" | "xmp" | "iframe" | "noembed" | "noframes") => {
                pieces.raw(name);
            }
            _ => {}
        }
    }
    url.clone()
}

fn document(text: &str, way: Way<'_>, depth: u8) -> String {
    let out = String::with_capacity(text.len() + text.len() / 4);
    let mut pass =
        Pass { way, depth, out, pieces: Pieces::new(text), spaces: Spaces::default(), spare: Vec::new(), lazy: false };
    pass.run();
    pass.out
}

/// One pass over one document. What it writes has one meaning to every parser, in whichever mode it is: a `<` is there only
/// where a tag of its own begins, nothing is a comment, and what stands in an element whose content may be read as text or as
/// markup holds none.
struct Pass<'a> {
    way: Way<'a>,
    depth: u8,
    out: String,
    pieces: Pieces<'a>,
    spaces: Spaces,
    /// Room for the attributes of the next tag.
    spare: Vec<Attribute<'a>>,
    /// Whether the last element was an image whose lazy loading was undone: a `<noscript>` after it says the same again.
    lazy: bool,
}

impl<'a> Pass<'a> {
    fn run(&mut self) {
        while let Some(piece) = self.pieces.next_piece() {
            match piece {
                Piece::Text(text) => self.out.push_str(text),
                Piece::Sign => self.out.push_str("&lt;"),
                Piece::Section(text) => push_text(&mut self.out, text),
                Piece::Doctype(text) if text.bytes().all(|b| b != b'<' && b.is_ascii()) => {
                    self.out.push_str("<!");
                    self.out.push_str(text);
                    self.out.push('>');
                }
                Piece::Doctype(_) => {}
                Piece::End(name) => self.end(name),
                Piece::Start(rest) => {
                    let (tag, length) = Tag::read(rest, &mut self.spare);
                    self.pieces.past(length);
                    if let Some(mut tag) = tag {
                        self.start(&mut tag);
                        tag.leave(&mut self.spare);
                    }
                }
            }
            self.pieces.foreign = self.spaces.is_foreign();
        }
    }

    fn end(&mut self, name: &str) {
        let written = match name {
            _ if is(name, DROPPED) || is(name, &["iframe"]) => return,
            _ if is(name, &["xmp", "plaintext"]) => "pre",
            _ if !name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b >= 0x80 || matches!(b, b'-' | b':' | b'_' | b'.')) =>
            {
                return;
            }
            name => name,
        };
        self.spaces.end(name);
        self.out.push_str("</");
        self.out.push_str(written);
        self.out.push('>');
    }

    fn start(&mut self, tag: &mut Tag<'a>) {
        let lazy = std::mem::take(&mut self.lazy);
        let name = tag.own_name();
        let name = name.as_ref();
        self.spaces.start(name, tag.closes_itself());
        let foreign = self.spaces.is_foreign();
        match name {
            "script" if foreign && tag.closes_itself() => {}
            "script" => self.script(tag, foreign),
            "noembed" | "noframes" if !foreign => {
                self.pieces.raw(name);
            }
            "noscript" if lazy || self.is_running() => {
                self.pieces.raw("noscript");
            }
            "animate" | "set" | "animatetransform" if animates_address(tag) => {}
            "meta" if !meta_stays(tag) => {}
            "link" if !attributes::link_is_wanted(tag) => {}
            "source" if image::source_is_unkept(tag, &self.way) => {}
            // Outside SVG, browsers read `<image>` as `<img>`.
            "image" if !foreign => {
                tag.rename("img");
                self.image(tag);
            }
            "img" => self.image(tag),
            "style" => self.style(tag, foreign),
            "iframe" => {
                self.write(tag, "iframe");
                self.out.push_str("</iframe>");
                if !foreign {
                    self.pieces.raw("iframe");
                }
            }
            "title" | "textarea" if !foreign => {
                self.write(tag, name);
                let text = self.pieces.raw(name);
                self.out.push_str(&text.replace('<', "&lt;"));
                self.close(name);
            }
            // Elements whose text no parser may take for markup: shown as what they are.
            "xmp" | "plaintext" => {
                self.attributes(tag, name);
                tag.rename("pre");
                tag.write(&mut self.out);
                let text = if name == "xmp" { self.pieces.raw("xmp") } else { self.pieces.remainder() };
                push_text(&mut self.out, text);
                self.close("pre");
            }
            _ if is(name, DROPPED) => {}
            _ => self.write(tag, name),
        }
    }

    /// Writes a tag with what becomes of its attributes.
    fn write(&mut self, tag: &mut Tag<'a>, name: &str) {
        self.attributes(tag, name);
        tag.write(&mut self.out);
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// Whether scripts stay. They do not in a document within the document.
    fn is_running(&self) -> bool {
        self.depth == 0 && matches!(self.way.lead.links, Links::Running { .. })
    }

    /// A `<script>` is read past, or, where scripts run, written as it is; one without an end never ran.
    fn script(&mut self, tag: &mut Tag<'a>, foreign: bool) {
        let Some(text) = self.pieces.script() else { return };
        if self.is_running() && !foreign {
            self.write(tag, "script");
            self.out.push_str(text);
            self.close("script");
        }
    }

    /// A `<style>`: its text means the same whether it is read as text, or, as in SVG, as markup.
    fn style(&mut self, tag: &mut Tag<'a>, foreign: bool) {
        let is_empty = foreign && tag.closes_itself();
        tag.leave_open();
        self.write(tag, "style");
        if !is_empty {
            let written = self.pieces.raw("style");
            let css = if foreign { style(&text_of(written), &self.way) } else { style(written, &self.way) };
            push_style(&mut self.out, &css);
        }
        self.spaces.end("style");
        self.close("style");
    }

    fn image(&mut self, tag: &mut Tag<'a>) {
        let found = image::choose(tag, &self.way);
        self.lazy = found.lazy;
        if found.kept || self.way.lead.links.are_captured() {
            self.write(tag, "img");
            return;
        }
        let alt = entities::encode(entities::decode(tag.get("alt").unwrap_or_default()));
        let colon = if alt.is_empty() { "" } else { ": " };
        let missing = ["<span class=\"missing\">An image that is not in this archive", colon, &alt, "</span>"];
        self.out.push_str(&missing.concat());
    }

    fn attributes(&self, tag: &mut Tag<'a>, name: &str) {
        // A link sets the target itself.
        tag.remove("target");
        for at in 0..tag.len() {
            let Some((attribute, raw)) = tag.attribute(at) else { continue };
            let value = match attributes::of(name, attribute, tag) {
                // No browser follows it there; a page that is served holds no such address anywhere.
                Use::Inert if runs(raw) && !attributes::is_words(attribute) => None,
                Use::Inert | Use::Done => continue,
                Use::Remove if attribute.starts_with("on") && self.is_running() => continue,
                Use::Remove => None,
                Use::Link => {
                    let led = self.way.link(&entities::decode(raw));
                    let leaves = led.as_deref().is_some_and(|led| !led.starts_with('#'));
                    if leaves && self.way.lead.links.are_captured() {
                        // The window, not the frame: the banner above must say what is shown below it.
                        tag.set("target", "_top".to_owned());
                    }
                    led
                }
                Use::Part(modifier) => self.part(&entities::decode(raw), modifier),
                Use::Style => Some(style(&entities::decode(raw), &self.way)),
                Use::Document => self.inner(&entities::decode(raw)),
            };
            match value {
                Some(value) => tag.set_at(at, entities::encode(value)),
                None => tag.remove_at(at),
            }
        }
    }

    fn part(&self, written: &str, modifier: Modifier) -> Option<String> {
        let written = written.trim();
        if written.starts_with('#') || (modifier == Modifier::Frame && written == "about:blank") {
            return Some(written.to_owned());
        }
        self.way.part(written, modifier)
    }

    /// A document within the document.
    fn inner(&self, text: &str) -> Option<String> {
        if self.depth >= NESTING_MAX {
            return None;
        }
        let way = Way::new(self.way.lead, base_of(text, self.way.base()));
        Some(document(text, way, self.depth + 1))
    }
}

/// Elements whose tags are taken out. What stands in `<noscript>`, `<object>` and `<applet>` is what is shown without them.
const DROPPED: &[&str] = &[
    "script",
    "base",
    "embed",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "applet",
    "portal",
    "fencedframe",
    "param",
];

fn is(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Text that is written so that it is text to everybody.
fn push_text(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
}

/// The text of a style sheet that is written as markup: tags and comments left out, entities undone.
fn text_of(markup: &str) -> String {
    let mut pieces = Pieces::new(markup);
    pieces.foreign = true;
    let mut text = String::with_capacity(markup.len());
    while let Some(piece) = pieces.next_piece() {
        match piece {
            Piece::Text(found) => text.push_str(&entities::decode(found)),
            Piece::Section(found) => text.push_str(found),
            Piece::Sign => text.push('<'),
            _ => {}
        }
    }
    text
}

/// A style sheet in which nothing can be taken for a tag or an entity: within a string the first sign of either is written as
/// an escape, elsewhere (`400px<width`, `&#id`) it is parted from what follows, which means the same.
fn push_style(out: &mut String, css: &str) {
    let bytes = css.as_bytes();
    let (mut done, mut seen, mut quote) = (0, 0, None);
    for at in memchr::memchr2_iter(b'<', b'&', bytes) {
        let next = bytes.get(at + 1);
        let (escaped, parted) = match bytes[at] {
            b'<' if next.is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?')) => ("\\3c ", "< "),
            b'&' if next.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'#') => ("\\26 ", "& "),
            _ => continue,
        };
        quote = css::quote_behind(&bytes[seen..at], quote);
        seen = at;
        out.push_str(&css[done..at]);
        out.push_str(if quote.is_some() { escaped } else { parted });
        done = at + 1;
    }
    out.push_str(&css[done..]);
}

/// Whether a `<meta>` may stay; a declared charset becomes the one that is served.
fn meta_stays(tag: &mut Tag<'_>) -> bool {
    if tag.get("charset").is_some() {
        tag.set("charset", "utf-8".to_owned());
        tag.remove("http-equiv");
        tag.remove("content");
        return true;
    }
    let name = tag.get("name").unwrap_or_default().trim().to_ascii_lowercase();
    let harmless = matches!(name.as_str(), "viewport" | "color-scheme" | "theme-color" | "description" | "author");
    harmless && tag.get("http-equiv").is_none()
}

/// Whether an address, as it is written, would run where it is followed.
fn runs(written: &str) -> bool {
    const SCHEME: &str = "javascript:";
    let written = written.trim_start_matches(|c: char| c <= ' ');
    // Most values say at once that they would not.
    if !written.starts_with(['j', 'J', '&']) {
        return false;
    }
    let value = entities::decode(written);
    let value = value.trim_start_matches(|c: char| c <= ' ');
    value.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
}

/// Whether an SVG animation changes where something leads.
fn animates_address(tag: &Tag<'_>) -> bool {
    let name = entities::decode(tag.get("attributename").unwrap_or_default()).to_ascii_lowercase();
    name.contains("href") || name.contains("src") || name.contains("style")
}

#[cfg(test)]
mod tests;
