//! Whether a page is an article, and if not, what stands in its place: a test for robots, a wall, a "not found", an empty
//! shell. It is slow to say so: a page with enough text of its own is always an article.

use crate::article::{PageType, Verdict};
use crate::blocks::Page;
use crate::semantics;

/// More words than this are content, whatever else the page says.
const WORDS_ENOUGH: f32 = 180.0;

/// What was chosen, in figures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chosen {
    /// Words of the content.
    pub(crate) words: f32,
    /// Words of it within links.
    pub(crate) link_words: f32,
    /// The mean likelihood of its words.
    pub(crate) likelihood: f32,
}

/// The verdict and how sure it is, from 0 to 1.
pub(crate) fn verdict(page: &Page<'_>, title: &str, chosen: Chosen, page_type: PageType) -> (Verdict, f32) {
    let sure = chosen.words > 60.0 && chosen.likelihood > 0.75;
    if chosen.words < WORDS_ENOUGH {
        let seen = Seen::new(page, title);
        for (verdict, found) in [
            (Verdict::Challenge, is_challenge(&seen)),
            (Verdict::Soft404, is_soft_404(&seen)),
            (Verdict::ConsentWall, !sure && is_consent_wall(page, &seen)),
            (Verdict::LoginWall, !sure && is_login_wall(page, &seen)),
            (Verdict::NeedsJavascript, is_shell(page, &seen, chosen)),
        ] {
            if found {
                return (verdict, if chosen.words < 60.0 { 0.95 } else { 0.8 });
            }
        }
    }
    let links = chosen.link_words / chosen.words.max(1.0);
    if chosen.words < 8.0 {
        return (Verdict::NotArticle, 0.9);
    }
    let lists = matches!(page_type, PageType::Listing | PageType::Collection);
    if chosen.words < 400.0 && links > 0.6 && lists {
        return (Verdict::NotArticle, 0.6);
    }
    let enough = (chosen.words / WORDS_ENOUGH).clamp(0.2, 1.0).sqrt();
    (Verdict::Article, (chosen.likelihood * enough).clamp(0.05, 0.99))
}

/// What a visitor reads at first sight, in lower case.
struct Seen {
    title: String,
    headings: String,
    text: String,
    words: f32,
}

impl Seen {
    fn new(page: &Page<'_>, title: &str) -> Self {
        let mut seen = Self { title: title.to_lowercase(), headings: String::new(), text: String::new(), words: 0.0 };
        for leaf in &page.leaves {
            seen.words += leaf.words;
            let text = leaf.text.get(..600).unwrap_or(&leaf.text).to_lowercase();
            if page.elements[leaf.owner].semantics & semantics::HEADING != 0 && seen.headings.len() < 600 {
                seen.headings.push_str(&text);
                seen.headings.push('\n');
            }
            if seen.text.len() < 20_000 {
                seen.text.push_str(&text);
                seen.text.push('\n');
            }
        }
        seen
    }

    fn heads(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.title.contains(phrase) || self.headings.contains(phrase))
    }

    fn says(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.text.contains(phrase))
    }
}

fn is_challenge(seen: &Seen) -> bool {
    let heads = seen.heads(&[
        "just a moment",
        "attention required",
        "checking your browser",
        "are you a robot",
        "are you human",
        "robot check",
        "security check",
        "ddos protection",
        "verify you are human",
        "pardon our interruption",
        "access to this page has been denied",
        "human verification",
        "bot verification",
        "one more step",
        "nur einen moment",
        "un momento",
        "un instant",
        "момент",
    ]);
    let says = seen.says(&[
        "checking if the site connection is secure",
        "checking your browser before accessing",
        "verify that you are a human",
        "verify you are human",
        "verifying you are human",
        "needs to review the security of your connection",
        "enable javascript and cookies to continue",
        "complete the security check",
        "please complete the captcha",
        "unusual traffic from your computer",
        "ray id",
        "press & hold to confirm",
        "i'm not a robot",
        "not a robot",
        "automated access",
        "bestätigen sie, dass sie kein roboter",
        "vérifiez que vous êtes un humain",
        "подтвердите, что вы не робот",
    ]);
    let words_max = match (heads, says) {
        (true, true) => 250.0,
        (false, true) => 90.0,
        (true, false) => 40.0,
        (false, false) => 0.0,
    };
    seen.words < words_max
}

fn is_soft_404(seen: &Seen) -> bool {
    let phrases = [
        "page not found",
        "404",
        "not found",
        "page can't be found",
        "page can’t be found",
        "page cannot be found",
        "nothing found",
        "page doesn't exist",
        "page doesn’t exist",
        "page does not exist",
        "no longer available",
        "page isn't available",
        "page isn’t available",
        "seite nicht gefunden",
        "nicht gefunden",
        "seite existiert nicht",
        "page introuvable",
        "page non trouvée",
        "página no encontrada",
        "no se ha encontrado",
        "no encontramos",
        "pagina non trovata",
        "página não encontrada",
        "nie znaleziono",
        "strona nie istnieje",
        "pagina niet gevonden",
        "страница не найдена",
        "не найдено",
        "η σελίδα δεν βρέθηκε",
        "δεν βρέθηκε",
        "页面不存在",
        "找不到",
        "未找到",
        "ページが見つかりません",
        "見つかりませんでした",
        "페이지를 찾을 수 없습니다",
        "الصفحة غير موجودة",
        "sayfa bulunamadı",
    ];
    // A number alone may be the article's subject, so the title must lead with it or a heading be it.
    let number = seen.title.starts_with("404")
        || seen.title.starts_with("error 404")
        || seen.headings.lines().any(|line| line.trim() == "404");
    seen.words < 900.0 && (number || seen.heads(&[&phrases[..1], &phrases[2..]].concat()))
}

fn is_consent_wall(page: &Page<'_>, seen: &Seen) -> bool {
    let asks = seen.says(&[
        "cookies",
        "tracking",
        "personenbezogene daten",
        "données personnelles",
        "datos personales",
        "dati personali",
        "dados pessoais",
        "dane osobowe",
        "personal data",
        "consent",
    ]);
    let accepts = seen.says(&[
        "accept all",
        "accept and continue",
        "i accept",
        "agree and",
        "alle akzeptieren",
        "akzeptieren und weiter",
        "zustimmen",
        "tout accepter",
        "accepter et",
        "aceptar y",
        "aceptar todo",
        "accetta e continua",
        "accetta tutt",
        "aceitar e",
        "aceitar tod",
        "akceptuj",
        "przejdź do serwisu",
        "принять все",
        "αποδοχή",
    ]);
    let walled = page.elements.iter().any(|element| element.semantics & semantics::DIALOG != 0)
        || seen.heads(&[
            "cookie",
            "consent",
            "privacy",
            "werbung",
            "datenschutz",
            "tracking",
            "zustimmung",
            "before you continue",
            "vie privée",
            "privacidad",
        ]);
    asks && accepts && walled && seen.words < 450.0
}

fn is_login_wall(page: &Page<'_>, seen: &Seen) -> bool {
    let heads = seen.heads(&[
        "sign in",
        "log in",
        "login",
        "subscribe to read",
        "subscribe to continue",
        "subscribers only",
        "members only",
        "register to",
        "create an account",
        "create a free account",
        "anmelden",
        "einloggen",
        "jetzt weiterlesen",
        "se connecter",
        "réservé aux abonnés",
        "iniciar sesión",
        "inicia sesión",
        "contenido exclusivo",
        "accedi",
        "riservato agli abbonati",
        "exclusivo para assinantes",
        "zaloguj",
        "войти",
        "вход",
        "登录",
        "ログイン",
    ]);
    let says = seen.says(&[
        "password",
        "passwort",
        "mot de passe",
        "contraseña",
        "senha",
        "hasło",
        "пароль",
        "密码",
        "パスワード",
        "already a subscriber",
        "for subscribers only",
        "log in to your account",
        "subscribe to read",
        "to continue reading",
        "bereits abonnent",
        "déjà abonné",
    ]);
    let form = page.elements.iter().any(|element| element.semantics & semantics::FORM != 0);
    heads && says && (form || seen.words < 120.0) && seen.words < 350.0
}

fn is_shell(page: &Page<'_>, seen: &Seen, chosen: Chosen) -> bool {
    let asks = seen.says(&[
        "enable javascript",
        "javascript is required",
        "javascript is disabled",
        "requires javascript",
        "turn on javascript",
        "javascript to run",
        "without javascript",
        "doesn't work properly without javascript",
        "javascript aktivieren",
        "aktivieren sie javascript",
        "activer javascript",
        "activez javascript",
        "habilitar javascript",
        "activar javascript",
        "habilite javascript",
        "abilita javascript",
        "ative o javascript",
        "włącz javascript",
        "включите javascript",
        "启用javascript",
        "javascriptを有効",
    ]);
    let empty_root = seen.words < 5.0
        && page.tree.tree.nodes().any(|node| {
            node.value().as_element().is_some_and(|element| {
                !node.children().any(|child| child.value().is_element())
                    && element.id().is_some_and(|id| {
                        matches!(
                            id,
                            "root"
                                | "app"
                                | "__next"
                                | "___gatsby"
                                | "__nuxt"
                                | "main-app"
                                | "application"
                                | "main"
                                | "content"
                        )
                    })
            })
        });
    (asks && seen.words < 80.0 && chosen.words < 60.0) || empty_root
}
