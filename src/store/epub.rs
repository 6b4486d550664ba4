//! Articles as an EPUB 3 book: a chapter each, with the pictures that were kept. It takes finished HTML and bytes, and does not
//! know where they come from.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Seek, Write};

use jiff::Timestamp;
use scraper::{Html, Node};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// An article of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// Its title.
    pub title: String,
    /// Who wrote it, when, and from where it was captured: a line each.
    pub origin: Vec<String>,
    /// Its language.
    pub language: Option<String>,
    /// Its content: clean HTML as [`chaffinch_extract::render::html`] writes it.
    pub html: String,
}

/// A picture that chapters show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What chapters call it: the address it was captured under.
    pub address: String,
    /// Its media type: one that every reader of books knows.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The media type of a picture that every reader of books knows (EPUB 3.3, core media types); `None` for any other.
pub fn core_media_type(media_type: &str) -> Option<&'static str> {
    ["image/jpeg", "image/png", "image/gif", "image/webp"].into_iter().find(|known| *known == media_type)
}

/// The addresses of the pictures that a chapter shows.
pub fn addresses(html: &str) -> Vec<String> {
    let tree = Html::parse_fragment(html);
    let pictures = tree.tree.values().filter_map(Node::as_element).filter(|element| element.name() == "img");
    pictures.filter_map(|picture| picture.attr("src")).map(str::to_owned).collect()
}

/// Writes a book. `name` tells it from every other.
///
/// # Errors
/// Where writing fails.
pub fn pack<W: Write + Seek>(
    sink: W,
    title: &str,
    name: &str,
    chapters: &[Chapter],
    pictures: &[Picture],
    now: Timestamp,
) -> io::Result<W> {
    let mut zip = ZipWriter::new(sink);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut add = |path: &str, bytes: &[u8]| -> io::Result<()> {
        zip.start_file(path, options).map_err(io::Error::other)?;
        zip.write_all(bytes)
    };
    // Readers look for this at a fixed place: it comes first.
    add("mimetype", b"application/epub+zip")?;
    add("META-INF/container.xml", CONTAINER.as_bytes())?;
    add("EPUB/package.opf", package(title, name, chapters, pictures, now).as_bytes())?;
    add("EPUB/nav.xhtml", contents(title, chapters).as_bytes())?;
    let files: HashMap<&str, String> = pictures
        .iter()
        .enumerate()
        .map(|(at, picture)| (picture.address.as_str(), picture_file(at, picture)))
        .collect();
    for (at, chapter) in chapters.iter().enumerate() {
        add(&format!("EPUB/{}", chapter_file(at)), document(chapter, &files).as_bytes())?;
    }
    for (at, picture) in pictures.iter().enumerate() {
        add(&format!("EPUB/{}", picture_file(at, picture)), &picture.bytes)?;
    }
    zip.finish().map_err(io::Error::other)
}

const CONTAINER: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
    <container version=\"1.0\" xmlns=\"urn:oasis:names:tc:opendocument:xmlns:container\"><rootfiles>\
    <rootfile full-path=\"EPUB/package.opf\" media-type=\"application/oebps-package+xml\"/></rootfiles></container>\n";

fn chapter_file(at: usize) -> String {
    format!("chapter-{}.xhtml", at + 1)
}

fn picture_file(at: usize, picture: &Picture) -> String {
    let end = picture.media_type.strip_prefix("image/").unwrap_or("bin");
    format!("picture-{}.{end}", at + 1)
}

fn package(title: &str, name: &str, chapters: &[Chapter], pictures: &[Picture], now: Timestamp) -> String {
    let language = chapters.iter().find_map(|chapter| chapter.language.as_deref()).unwrap_or("und");
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<package xmlns=\"http://www.idpf.org/2007/opf\" version=\"3.0\" \
         unique-identifier=\"id\"><metadata xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\
         <dc:identifier id=\"id\">{}</dc:identifier><dc:title>{}</dc:title><dc:language>{}</dc:language>\
         <meta property=\"dcterms:modified\">{}</meta></metadata><manifest>\
         <item id=\"nav\" href=\"nav.xhtml\" media-type=\"application/xhtml+xml\" properties=\"nav\"/>",
        escaped(name),
        escaped(title),
        escaped(language),
        now.strftime("%Y-%m-%dT%H:%M:%SZ")
    );
    for at in 0..chapters.len() {
        let _ = write!(out, "<item id=\"c{at}\" href=\"{}\" media-type=\"application/xhtml+xml\"/>", chapter_file(at));
    }
    for (at, picture) in pictures.iter().enumerate() {
        let file = picture_file(at, picture);
        let _ = write!(out, "<item id=\"p{at}\" href=\"{file}\" media-type=\"{}\"/>", picture.media_type);
    }
    out.push_str("</manifest><spine>");
    for at in 0..chapters.len() {
        let _ = write!(out, "<itemref idref=\"c{at}\"/>");
    }
    out.push_str("</spine></package>\n");
    out
}

fn contents(title: &str, chapters: &[Chapter]) -> String {
    let mut list = String::new();
    for (at, chapter) in chapters.iter().enumerate() {
        let _ = write!(list, "<li><a href=\"{}\">{}</a></li>", chapter_file(at), escaped(&chapter.title));
    }
    let body = format!("<nav epub:type=\"toc\"><h1>{}</h1><ol>{list}</ol></nav>", escaped(title));
    page(title, None, &body)
}

fn document(chapter: &Chapter, pictures: &HashMap<&str, String>) -> String {
    let mut body = format!("<h1>{}</h1>", escaped(&chapter.title));
    for line in &chapter.origin {
        let _ = write!(body, "<p><small>{}</small></p>", escaped(line));
    }
    body.push_str(&xhtml(&chapter.html, pictures));
    page(&chapter.title, chapter.language.as_deref(), &body)
}

fn page(title: &str, language: Option<&str>, body: &str) -> String {
    let language = language.map(|language| format!(" lang=\"{0}\" xml:lang=\"{0}\"", escaped(language)));
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" \
         xmlns:epub=\"http://www.idpf.org/2007/ops\"{}><head><title>{}</title></head><body>{body}</body></html>\n",
        language.unwrap_or_default(),
        escaped(title)
    )
}

/// HTML as XML; pictures that are not in the book become their descriptions.
fn xhtml(html: &str, pictures: &HashMap<&str, String>) -> String {
    use ego_tree::iter::Edge;
    let tree = Html::parse_fragment(html);
    let mut out = String::new();
    for edge in tree.root_element().traverse() {
        let (node, opens) = match edge {
            Edge::Open(node) => (node, true),
            Edge::Close(node) => (node, false),
        };
        match node.value() {
            Node::Text(text) if opens => out.push_str(&escaped(text)),
            Node::Element(element) if element.name() == "html" => {}
            Node::Element(element) if element.name() == "img" => {
                let file = element.attr("src").and_then(|src| pictures.get(src));
                let described = element.attr("alt").unwrap_or_default();
                match file {
                    Some(file) if opens => {
                        let _ = write!(out, "<img src=\"{file}\" alt=\"{}\"/>", escaped(described));
                    }
                    None if opens && !described.is_empty() => {
                        let _ = write!(out, "<em>[{}]</em>", escaped(described));
                    }
                    _ => {}
                }
            }
            Node::Element(element) => {
                let void = matches!(element.name(), "br" | "hr" | "wbr" | "input" | "col");
                if !opens {
                    let _ = if void { Ok(()) } else { write!(out, "</{}>", element.name()) };
                    continue;
                }
                if element.name() == "dd" && !node.prev_siblings().any(|before| is_term(before.value())) {
                    out.push_str("<dt></dt>");
                }
                let _ = write!(out, "<{}", element.name());
                for (name, value) in element.attrs().filter(|(name, _)| is_plain(name)) {
                    let value = if name == "href" { address(value) } else { value.to_owned() };
                    let _ = write!(out, " {name}=\"{}\"", escaped(&value));
                }
                out.push_str(if void { "/>" } else { ">" });
            }
            _ => {}
        }
    }
    out
}

fn is_term(node: &Node) -> bool {
    node.as_element().is_some_and(|element| element.name() == "dt")
}

/// An address without the signs that browsers let pass and RFC 3986 does not.
fn address(href: &str) -> String {
    let mut out = String::with_capacity(href.len());
    for c in href.chars() {
        match c {
            '[' | ']' | '{' | '}' | '|' | '\\' | '^' | '`' | '<' | '>' | '"' | ' ' => {
                let _ = write!(out, "%{:02X}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out
}

/// Whether an attribute's name is one in XML, too.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// Text for XML 1.0: marks escaped, characters it has no place for left out.
fn escaped(text: &str) -> String {
    let has_place =
        |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    quick_xml::escape::escape(text.chars().filter(has_place).collect::<String>()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_xml() {
        let pictures = HashMap::from([("https://a.example/i.png", "picture-1.png".to_owned())]);
        let html = "<p>a &amp; b<br>c</p><img src=\"https://a.example/i.png\" alt=\"A &quot;gate&quot;\"><img src=\"x\" alt=\"lost\">";
        let wanted = "<p>a &amp; b<br/>c</p><img src=\"picture-1.png\" alt=\"A &quot;gate&quot;\"/><em>[lost]</em>";
        assert_eq!(xhtml(html, &pictures), wanted);
    }

    #[test]
    fn what_browsers_let_pass_is_put_right() {
        let html = "<p><a href=\"https://a.example/?b[1]={2}\">c</a></p><dl><dd>d</dd></dl>";
        let wanted = "<p><a href=\"https://a.example/?b%5B1%5D=%7B2%7D\">c</a></p><dl><dt></dt><dd>d</dd></dl>";
        assert_eq!(xhtml(html, &HashMap::new()), wanted);
    }

    #[test]
    fn what_xml_has_no_place_for_is_left_out() {
        assert_eq!(escaped("a\u{b}<\u{ffff}b"), "a&lt;b");
    }
}
