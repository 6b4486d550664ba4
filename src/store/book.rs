//! Articles gathered for a book: their texts, and the pictures that were kept of them. How a book is written stands in `epub`.

use std::collections::HashSet;
use std::io::{Seek, Write};

use chaffinch_extract::article::Article;
use jiff::Timestamp;
use url::Url;

use crate::snapshot::value::Role;
use crate::store::archive::{Archive, new_id};
use crate::store::capture::Capture;
use crate::store::epub::{self, Chapter, Picture};
use crate::store::error::{Class, Error, Result};
use crate::store::export::Exported;

/// Of some captures the first of each version of an article, in their order.
pub fn versions(chosen: &[Capture]) -> Vec<&Capture> {
    let mut seen = HashSet::new();
    chosen
        .iter()
        .filter(|capture| capture.article_digest.is_some() && seen.insert((&capture.url, &capture.article_digest)))
        .collect()
}

impl Archive {
    /// Writes the articles of captures as an EPUB book, a chapter each, with their pictures. One that cannot be read back is
    /// told in the answer, and the others are written.
    ///
    /// # Errors
    /// [`Error::Write`] where the book cannot be written, and where the archive cannot be read at all.
    pub fn write_book<W: Write + Seek>(
        &self,
        captures: &[&Capture],
        title: &str,
        now: Timestamp,
        sink: W,
    ) -> Result<Exported> {
        let mut exported = Exported::default();
        let (mut chapters, mut pictures): (Vec<Chapter>, Vec<Picture>) = (Vec::new(), Vec::new());
        for capture in captures {
            let article = match self.load_article(capture) {
                Ok(Some(article)) => article,
                Ok(None) => continue,
                Err(error) if error.class() == Class::Damage => {
                    exported.lost.push((capture.id, error.to_string()));
                    continue;
                }
                Err(error) => return Err(error),
            };
            let html = article.html();
            for address in epub::addresses(&html) {
                if !pictures.iter().any(|picture| picture.address == address) {
                    pictures.extend(self.picture(capture, address)?);
                }
            }
            chapters.push(chapter(capture, &article, html));
            exported.captures += 1;
        }
        let name = new_id(now).record_id(Role::Answer);
        epub::pack(sink, title, &name, &chapters, &pictures, now)
            .and_then(|mut sink| sink.flush())
            .map_err(|source| Error::Write { file: "the book".to_owned(), source })?;
        Ok(exported)
    }

    /// A picture as it was kept nearest to the capture of its page.
    fn picture(&self, page: &Capture, address: String) -> Result<Option<Picture>> {
        let Ok(url) = Url::parse(&address) else { return Ok(None) };
        let kept = self.resolve_asset(&url, page.at)?;
        let Some(kept) = kept.filter(|kept| (200..300).contains(&kept.status)) else { return Ok(None) };
        let Some(media_type) = epub::core_media_type(&kept.media_type) else { return Ok(None) };
        let body = self.load_page(&kept).map(|page| page.body.to_vec());
        Ok(body.ok().map(|bytes| Picture { address, media_type, bytes }))
    }
}

fn chapter(capture: &Capture, article: &Article, html: String) -> Chapter {
    let metadata = &article.metadata;
    let byline = [metadata.authors.join(", "), metadata.published.clone().unwrap_or_default()];
    let byline: Vec<String> = byline.into_iter().filter(|part| !part.is_empty()).collect();
    let source = format!("{}, captured {}", capture.url, capture.at.strftime("%Y-%m-%d %H:%M"));
    let origin = [byline.join(" · "), source].into_iter().filter(|line| !line.is_empty()).collect();
    let title = metadata.title.clone().unwrap_or_else(|| capture.url.to_string());
    Chapter { title, origin, language: metadata.language.clone(), html }
}
