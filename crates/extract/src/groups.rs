//! What class names and ids say: a table of groups (navigation, sharing, comments, ...) and the words themes use for them, in
//! the languages they are written in. It only names; what a name means for a block is for the scorer to weigh.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A set of groups, one bit each.
pub(crate) type Groups = u64;

/// The groups in the order of their bits, each with its words in lower case. A word of five letters or more is also found
/// within a longer one (`sharebar`, `relatedposts`).
pub(crate) const TABLE: &[(&str, &[&str])] = &[
    (
        "article",
        &[
            "article",
            "artikel",
            "articulo",
            "artigo",
            "articolo",
            "artykul",
            "story",
            "hentry",
            "storybody",
            "articlebody",
            "statya",
            "newsitem",
        ],
    ),
    (
        "content",
        &[
            "content",
            "entry",
            "inhalt",
            "contenido",
            "contenu",
            "contenuto",
            "conteudo",
            "tresc",
            "texte",
            "testo",
            "prose",
            "richtext",
            "wysiwyg",
            "rte",
            "markdown",
            "bodytext",
            "fulltext",
            "kontent",
            "neirong",
            "zhengwen",
        ],
    ),
    ("body", &["body", "text", "txt", "copy", "paragraph", "description", "desc"]),
    ("main", &["main", "primary", "maincontent", "hauptinhalt", "principal"]),
    ("post", &["post", "blog", "blogpost", "posting", "beitrag", "entrada", "wpis"]),
    (
        "thread",
        &[
            "thread",
            "topic",
            "forum",
            "message",
            "messages",
            "threadlist",
            "question",
            "answer",
            "answers",
            "discussion",
            "posts",
            "postbody",
            "cooked",
            "bbcode",
        ],
    ),
    (
        "comment",
        &[
            "comment",
            "comments",
            "commentlist",
            "disqus",
            "respond",
            "kommentar",
            "kommentare",
            "comentario",
            "comentarios",
            "commentaire",
            "commentaires",
            "commenti",
            "komentarze",
            "komentarz",
            "kommentarii",
            "pinglun",
            "livefyre",
            "discuss",
            "feedback",
        ],
    ),
    ("reply", &["reply", "replies", "response", "responses"]),
    (
        "product",
        &[
            "product",
            "produkt",
            "producto",
            "produit",
            "prodotto",
            "produto",
            "pdp",
            "sku",
            "woocommerce",
            "shop",
            "price",
            "prices",
            "pricing",
        ],
    ),
    ("review", &["review", "reviews", "testimonial", "testimonials", "bewertung", "avis"]),
    ("rating", &["rating", "ratings", "stars", "star", "votes", "vote", "likes", "score"]),
    ("nav", &["nav", "navigation", "navbar", "navi", "subnav", "topnav", "navegacion", "skip", "jump"]),
    ("menu", &["menu", "menus", "submenu", "megamenu", "dropdown", "flyout", "offcanvas", "hamburger", "drawer"]),
    (
        "header",
        &["header", "masthead", "topbar", "banner", "head", "logo", "branding", "brand", "kopf", "cabecera", "entete"],
    ),
    ("footer", &["footer", "foot", "bottom", "colophon", "fusszeile", "pie", "pied", "subfooter", "siteinfo"]),
    (
        "sidebar",
        &[
            "sidebar",
            "side",
            "aside",
            "rail",
            "rightcol",
            "leftcol",
            "secondary",
            "widget",
            "widgets",
            "gadget",
            "sidecol",
            "colright",
            "colleft",
            "tertiary",
        ],
    ),
    (
        "related",
        &[
            "related",
            "recommended",
            "recommend",
            "recommendation",
            "recommendations",
            "similar",
            "more",
            "readmore",
            "seealso",
            "also",
            "ahnlich",
            "verwandt",
            "relacionado",
            "relacionados",
            "connexe",
            "correlati",
            "powiazane",
            "suggested",
            "suggestions",
            "outbrain",
            "taboola",
            "upnext",
            "next",
            "zergnet",
            "interlink",
            "relevant",
            "crosslink",
            "teaser",
            "teasers",
        ],
    ),
    (
        "trending",
        &[
            "trending",
            "popular",
            "latest",
            "recent",
            "mostread",
            "toplist",
            "headlines",
            "hot",
            "featured",
            "highlights",
            "trend",
            "meistgelesen",
            "beliebt",
        ],
    ),
    (
        "share",
        &[
            "share",
            "sharing",
            "social",
            "teilen",
            "compartir",
            "partager",
            "condividi",
            "udostepnij",
            "facebook",
            "twitter",
            "whatsapp",
            "addthis",
            "addtoany",
            "sharedaddy",
            "jiathis",
            "pinterest",
            "linkedin",
            "follow",
            "followus",
            "sns",
        ],
    ),
    (
        "advert",
        &[
            "ad",
            "ads",
            "advert",
            "advertisement",
            "adsense",
            "adslot",
            "advertising",
            "dfp",
            "gpt",
            "sponsor",
            "sponsored",
            "werbung",
            "anzeige",
            "publicidad",
            "publicite",
            "pubblicita",
            "reklama",
            "commercial",
            "promoted",
            "adbox",
            "adunit",
            "banners",
            "dianomi",
        ],
    ),
    (
        "promo",
        &["promo", "promotion", "promos", "cta", "callout", "hero", "campaign", "upsell", "offer", "offers", "deal"],
    ),
    (
        "cookie",
        &["cookie", "cookies", "consent", "gdpr", "cmp", "privacy", "cookiebar", "onetrust", "usercentrics", "didomi"],
    ),
    (
        "popup",
        &[
            "popup",
            "modal",
            "overlay",
            "lightbox",
            "dialog",
            "tooltip",
            "popover",
            "toast",
            "alert",
            "notification",
            "notice",
        ],
    ),
    (
        "newsletter",
        &[
            "newsletter",
            "subscribe",
            "subscription",
            "signup",
            "mailchimp",
            "optin",
            "mailing",
            "abonnieren",
            "suscribete",
            "paywall",
            "piano",
            "donate",
            "donation",
            "membership",
        ],
    ),
    ("breadcrumb", &["breadcrumb", "breadcrumbs", "crumb", "crumbs", "bread", "trail", "brotkrume", "yoast"]),
    (
        "pagination",
        &[
            "pagination",
            "pager",
            "paging",
            "paginate",
            "pagenav",
            "pages",
            "prevnext",
            "prev",
            "previous",
            "postnav",
            "siblings",
        ],
    ),
    (
        "tags",
        &[
            "tag",
            "tags",
            "tagcloud",
            "taglist",
            "category",
            "categories",
            "cat",
            "keywords",
            "label",
            "labels",
            "kicker",
            "eyebrow",
            "overline",
            "topics",
            "schlagworte",
            "etiquetas",
            "flag",
            "badge",
            "hashtag",
            "rubrik",
            "rubric",
        ],
    ),
    (
        "author",
        &[
            "author",
            "byline",
            "autor",
            "auteur",
            "autore",
            "writer",
            "contributor",
            "bio",
            "vcard",
            "avatar",
            "profile",
            "gravatar",
            "authorbox",
            "verfasser",
            "username",
            "user",
            "poster",
            "credit",
            "credits",
        ],
    ),
    (
        "meta",
        &[
            "meta",
            "metadata",
            "info",
            "date",
            "time",
            "timestamp",
            "datum",
            "fecha",
            "datetime",
            "published",
            "pubdate",
            "updated",
            "dateline",
            "postmeta",
            "details",
            "infos",
            "readtime",
            "readingtime",
            "stats",
            "views",
            "source",
        ],
    ),
    ("toc", &["toc", "tableofcontents", "contents", "outline", "inhaltsverzeichnis", "index", "anchors"]),
    ("login", &["login", "signin", "register", "account", "anmelden", "auth", "password"]),
    ("search", &["search", "searchform", "suche", "buscar", "recherche", "cerca", "szukaj", "poisk"]),
    (
        "filter",
        &[
            "filter", "filters", "facet", "facets", "sort", "sorting", "refine", "toolbar", "tools", "actions",
            "action", "controls", "buttons", "button", "btn", "print", "email",
        ],
    ),
    (
        "cart",
        &[
            "cart",
            "basket",
            "checkout",
            "warenkorb",
            "wishlist",
            "carrito",
            "panier",
            "buy",
            "addtocart",
            "quantity",
            "shipping",
        ],
    ),
    (
        "caption",
        &[
            "caption",
            "figcaption",
            "legend",
            "photo",
            "image",
            "img",
            "picture",
            "media",
            "gallery",
            "thumb",
            "thumbnail",
            "figure",
            "bildunterschrift",
            "wp-caption",
            "copyright",
        ],
    ),
    ("tab", &["tab", "tabs", "accordion", "collapse", "collapsible", "toggle", "expand", "panel"]),
    (
        "carousel",
        &["carousel", "slider", "slide", "swiper", "slick", "slideshow", "owl", "splide", "marquee", "ticker"],
    ),
    ("quote", &["quote", "blockquote", "pullquote", "zitat", "cita", "citation", "quoted", "signature", "sig"]),
    ("legal", &["legal", "disclaimer", "terms", "imprint", "impressum", "license", "licence", "rights", "aviso"]),
    ("code", &["code", "highlight", "syntax", "sourcecode", "codehilite", "snippet", "hljs", "prism"]),
    (
        "title",
        &[
            "title",
            "headline",
            "heading",
            "titel",
            "titulo",
            "titre",
            "titolo",
            "tytul",
            "subtitle",
            "subheading",
            "subhead",
            "hed",
        ],
    ),
    (
        "intro",
        &[
            "intro",
            "lead",
            "lede",
            "standfirst",
            "dek",
            "deck",
            "summary",
            "excerpt",
            "abstract",
            "sapo",
            "chapo",
            "vorspann",
            "einleitung",
            "teasertext",
            "sommaire",
            "strapline",
            "tldr",
            "highlight",
        ],
    ),
    (
        "list",
        &[
            "list",
            "listing",
            "items",
            "item",
            "grid",
            "card",
            "cards",
            "tile",
            "tiles",
            "feed",
            "stream",
            "archive",
            "results",
            "river",
            "loop",
            "collection",
            "catalog",
        ],
    ),
    ("section", &["section", "module", "block", "row", "col", "column", "container", "wrapper", "inner", "box"]),
    (
        "docs",
        &[
            "docs",
            "doc",
            "documentation",
            "document",
            "wiki",
            "mw",
            "rst",
            "sphinx",
            "manual",
            "guide",
            "api",
            "reference",
            "readme",
            "theme-doc",
            "devsite",
        ],
    ),
    (
        "faq",
        &[
            "faq",
            "faqs",
            "qa",
            "features",
            "feature",
            "benefits",
            "service",
            "services",
            "steps",
            "spec",
            "specs",
            "specification",
            "specifications",
            "attributes",
        ],
    ),
    (
        "hidden",
        &[
            "hidden",
            "hide",
            "invisible",
            "sr",
            "visuallyhidden",
            "screenreader",
            "assistive",
            "noprint",
            "offscreen",
            "d-none",
            "mobile",
            "print-only",
        ],
    ),
    ("contact", &["contact", "address", "map", "hours", "phone", "location", "form", "forms", "field", "input"]),
    ("lang", &["lang", "language", "languages", "locale", "translate", "translation", "currency", "country"]),
];

static WORDS: LazyLock<HashMap<&'static str, Groups>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for (bit, (_, list)) in TABLE.iter().enumerate() {
        for word in *list {
            *words.entry(*word).or_insert(0) |= 1 << bit;
        }
    }
    words
});

/// How many different class attributes of a page are read.
const NAMES_MAX: usize = 20_000;

/// Reads class names and ids, remembering what it has read: pages repeat theirs.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    seen: HashMap<String, Groups>,
}

impl Reader {
    /// The groups a class or id attribute names.
    pub(crate) fn read(&mut self, attribute: &str) -> Groups {
        // A utility-first theme lists a hundred classes that say nothing; nobody names a thing beyond the first few.
        let attribute = attribute.get(..300).unwrap_or(attribute);
        if let Some(groups) = self.seen.get(attribute) {
            return *groups;
        }
        // A page with more names than this makes them up.
        if self.seen.len() >= NAMES_MAX {
            return 0;
        }
        let groups = words(attribute).iter().fold(0, |groups, word| groups | groups_of(word));
        self.seen.insert(attribute.to_owned(), groups);
        groups
    }
}

fn groups_of(word: &str) -> Groups {
    if let Some(groups) = WORDS.get(word) {
        return *groups;
    }
    if word.len() < 6 {
        return 0;
    }
    let mut groups = 0;
    for (known, bits) in WORDS.iter() {
        if known.len() >= 5 && word.contains(known) {
            groups |= bits;
        }
    }
    groups
}

/// The words of a class attribute in lower case: cut at signs and where `camelCase` turns.
fn words(attribute: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower_before = false;
    for c in attribute.chars() {
        if !c.is_alphabetic() || (c.is_uppercase() && lower_before) {
            if word.len() > 1 {
                words.push(std::mem::take(&mut word));
            }
            word.clear();
        }
        if c.is_alphabetic() {
            word.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase();
    }
    if word.len() > 1 {
        words.push(word);
    }
    words
}

/// The bit of a group by its name; 0 where there is none.
pub(crate) fn bit(name: &str) -> Groups {
    TABLE.iter().position(|(known, _)| *known == name).map_or(0, |bit| 1 << bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compound_class_names_its_parts() {
        let mut reader = Reader::default();
        assert_eq!(reader.read("article-sharebar") & bit("share"), bit("share"));
        assert_eq!(reader.read("relatedPosts") & bit("related"), bit("related"));
        assert_eq!(reader.read("x1f00 q"), 0);
    }

    #[test]
    fn every_group_fits_a_bit_and_every_word_is_in_lower_case() {
        assert!(TABLE.len() <= 64);
        assert!(TABLE.iter().all(|(_, words)| words.iter().all(|word| *word == word.to_lowercase())));
    }
}
