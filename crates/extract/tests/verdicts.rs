//! What stands in place of an article is told, and an article that resembles it is still one.

#![allow(clippy::unwrap_used)]

use chaffinch_extract::{Context, Options, Verdict, extract};

fn verdict(page: &str) -> Verdict {
    extract(page.as_bytes(), &Context::default(), &Options::default()).unwrap().verdict
}

/// The pages of one verdict, each with a name.
fn all_are(wanted: Verdict, pages: &[(&str, &str)]) {
    let wrong: Vec<(&str, Verdict)> =
        pages.iter().map(|(name, page)| (*name, verdict(page))).filter(|(_, told)| *told != wanted).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn tests_for_robots_are_challenges() {
    all_are(
        Verdict::Challenge,
        &[
            (
                "a browser check",
                "<title>Just a moment...</title><h1>shop.example</h1><h2>Checking if the site connection is secure</h2>\
                 <p>shop.example needs to review the security of your connection before proceeding.</p>\
                 <form id=challenge-form action=/x></form><p>Ray ID: 7d1c2b3a4f5e",
            ),
            (
                "the same in German",
                "<title>Nur einen Moment…</title><h1>laden.example</h1><p>Bestätigen Sie, dass Sie kein Roboter sind.</p>",
            ),
            (
                "the same in Russian",
                "<title>Один момент…</title><h1>shop.example</h1><p>Подтвердите, что вы человек, выполнив это действие.",
            ),
            (
                "blocked",
                "<title>Attention Required!</title><h1>Sorry, you have been blocked</h1><p>You are unable to access \
                 shop.example</p><h2>Why have I been blocked?</h2><p>This website is using a security service to protect itself \
                 from online attacks.</p>",
            ),
            (
                "denied at the edge",
                "<title>Access Denied</title><h1>Access Denied</h1>You don't have permission to access \
                 \"http://shop.example/item\" on this server.<p>Reference #18.2f3c1002.1700000000.1a2b3c",
            ),
            (
                "press and hold",
                "<title>Access to this page has been denied</title><div id=px-captcha></div><p>Press &amp; Hold to confirm you are \
                 a human (and not a bot).</p>",
            ),
            (
                "a slider in a frame",
                "<title>shop.example</title><p id=cmsg>Please enable JS and disable any ad blocker</p>\
                 <iframe src=https://geo.captcha-delivery.com/captcha/?initialCid=AHr></iframe>",
            ),
            (
                "an incident",
                "<title></title><iframe src='/_Incapsula_Resource?CWUDNSAI=9'>Request unsuccessful. Incapsula incident ID: \
                 123</iframe><p>Request unsuccessful. Incapsula incident ID: 123000</p>",
            ),
            (
                "pictures to pick",
                "<title>Human Verification</title><div id=captcha-container></div><p>Confirm you are human by completing the \
                 security check below. Please complete the captcha.</p>",
            ),
            (
                "as you were browsing",
                "<title>Pardon Our Interruption</title><h1>Pardon Our Interruption</h1><p>As you were browsing something about \
                 your browser made us think you were a bot. There are a few reasons this might happen.</p>",
            ),
            ("the same in Chinese", "<title>安全验证</title><p>请完成验证后继续访问</p>"),
        ],
    );
}

#[test]
fn log_ins_and_paywalls_are_walls() {
    all_are(
        Verdict::LoginWall,
        &[
            (
                "a form",
                "<title>Log in | The Post</title><h1>Log in</h1><form><label>Email</label><input name=e><label>Password</label>\
                 <input type=password><button>Log in</button></form>",
            ),
            (
                "the same in French",
                "<title>Connexion - Le Courrier</title><h1>Se connecter</h1><form><label>Adresse e-mail</label><input>\
                 <label>Mot de passe</label><input type=password><button>Se connecter</button></form>",
            ),
            (
                "the same in Japanese",
                "<title>ログイン</title><h1>ログイン</h1><form><label>パスワード</label><input type=password></form>",
            ),
            (
                "a paywall",
                "<title>Ferry plans revised - The Post</title><article><h1>Ferry plans revised</h1><p>The harbour board met on \
                 Monday.</p></article><div class=paywall><h2>Subscribe to continue reading</h2><p>Already a subscriber? Sign \
                 in</p></div>",
            ),
            (
                "the same in German",
                "<title>Fähre fällt aus</title><h1>Fähre fällt aus</h1><p>Der Rat tagte am Montag.</p><div class=paywall>\
                 <h3>Jetzt weiterlesen mit Plus</h3><p>Bereits Abonnent? Anmelden</p></div>",
            ),
        ],
    );
}

#[test]
fn questions_about_cookies_in_place_of_a_page_are_walls() {
    all_are(
        Verdict::ConsentWall,
        &[
            (
                "before you continue",
                "<title>Before you continue</title><h1>Before you continue to Example</h1><p>We use cookies and data to deliver \
                 and maintain services, and to measure audience engagement.</p><form><button>Reject all</button>\
                 <button>Accept all</button></form>",
            ),
            (
                "pay or consent, in German",
                "<title>Zeitung</title><div class=consent-wall><h1>Mit Werbung weiterlesen</h1><p>Wir und unsere Partner \
                 verarbeiten personenbezogene Daten und verwenden Cookies.</p><button>Akzeptieren und weiter</button></div>",
            ),
            (
                "the same in Polish",
                "<title>Gazeta</title><div role=dialog><h2>Szanujemy prywatność</h2><p>Pliki cookie pomagają nam w przetwarzaniu \
                 danych osobowych.</p><button>Przejdź do serwisu</button></div>",
            ),
            (
                "the same in French",
                "<title>Le Courrier</title><div id=didomi-popup><h2>Votre vie privée</h2><p>Nous utilisons des cookies et des \
                 données personnelles.</p><button>Tout accepter</button><button>Refuser</button></div>",
            ),
        ],
    );
}

#[test]
fn pages_that_are_not_there_are_soft_404s() {
    all_are(
        Verdict::Soft404,
        &[
            (
                "page not found",
                "<title>Page not found | The Post</title><h1>Page not found</h1><p>Try the search, or go to the front page.</p>",
            ),
            ("a number alone", "<title>The Post</title><h1>404</h1><p>Something went missing here.</p>"),
            ("a number and words", "<title>404 - Not Found</title><p>Back to the front page</p>"),
            ("gone", "<title>The Post</title><h1>Sorry, this page isn't available.</h1><p>The link may be broken.</p>"),
            ("German", "<title>Seite nicht gefunden - Zeitung</title><h1>Hoppla!</h1><p>Hier ist leider nichts.</p>"),
            ("Spanish", "<title>Página no encontrada</title><p>La dirección no es correcta.</p>"),
            ("Greek", "<title>Η σελίδα δεν βρέθηκε</title><p>Επιστροφή στην αρχική σελίδα.</p>"),
            ("Japanese", "<title>ページが見つかりません</title><p>トップページへ戻る</p>"),
            ("Czech", "<title>Stránka nenalezena</title><p>Zpět na úvod.</p>"),
        ],
    );
}

#[test]
fn empty_shells_need_a_script() {
    all_are(
        Verdict::NeedsJavascript,
        &[
            ("a root", "<title>App</title><div id=root></div><script src=/main.js></script>"),
            ("another root, loading", "<title>App</title><app-root id=app></app-root><p>Loading…</p>"),
            (
                "a call for a script",
                "<title>App</title><noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>",
            ),
            (
                "the same in Italian",
                "<title>App</title><noscript>Per usare questa pagina abilita JavaScript.</noscript><div id=root></div>",
            ),
            (
                "a forum whose threads a script brings",
                "<title>Which bread? - Bakers</title><section id=main></section><form><button></button></form>",
            ),
        ],
    );
}

const PROSE: &str = "<p>The board of the harbour met on Monday to hear what the engineers had found under the old pier, and the \
     news was not good. Three of the eleven piles are hollow, two have moved, and nobody can say how long the others will \
     stand.</p><p>Repairs would cost more than the town collects in a year, the treasurer said, and a new pier would cost \
     three times that. The board will decide in March, after the winter storms have shown what the piles can bear.</p>";

#[test]
fn an_article_that_resembles_a_wall_is_an_article() {
    let pages = [
        (
            "about captchas",
            "How a captcha tells people from robots",
            "<p>Whoever ticks the box \"I'm not a robot\" is watched.</p>",
        ),
        (
            "about blocked visitors",
            "Why you see \"Just a moment\"",
            "<p>The page says that it is checking your browser.</p>",
        ),
        ("about cookies", "What cookies are and who reads them", "<p>To accept all is the easy way out.</p>"),
        ("about passwords", "How to choose a password you can log in with", "<p>A password should be long.</p>"),
        ("about a number", "404 reasons to stay at the harbour", "<p>The first is the view.</p>"),
        ("about error pages", "Page not found: a short history of the error page", "<p>It began in Geneva.</p>"),
        ("about what was not found", "Wreck not found despite search", "<p>The divers will try again.</p>"),
        ("about scripts", "Should a page work without JavaScript?", "<p>Many ask to enable JavaScript.</p>"),
    ];
    let wrong: Vec<(&str, Verdict)> = pages
        .iter()
        .map(|(name, title, more)| {
            let page = format!(
                "<title>{title} - The Post</title><nav><a href=/>Home</a> <a href=/login>Log in</a></nav><main><article>\
                 <h1>{title}</h1>{PROSE}{more}</article></main><footer>About us</footer>"
            );
            (*name, verdict(&page))
        })
        .filter(|(_, told)| *told != Verdict::Article)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn an_article_with_a_banner_a_log_in_and_a_call_for_scripts_is_an_article() {
    all_are(
        Verdict::Article,
        &[
            (
                "a cookie banner",
                &format!(
                    "<title>The old pier</title><div role=dialog class=cookie-banner><p>We use cookies.</p><button>Accept \
                     all</button></div><article><h1>The old pier</h1>{PROSE}</article>"
                ),
            ),
            (
                "a log-in in the header",
                &format!(
                    "<title>The old pier</title><header><form><label>Password</label><input type=password><button>Log in\
                     </button></form></header><article><h1>The old pier</h1>{PROSE}</article>"
                ),
            ),
            (
                "a call for scripts",
                &format!(
                    "<title>The old pier</title><noscript>Please enable JavaScript for comments.</noscript><article><h1>The \
                     old pier</h1>{PROSE}</article>"
                ),
            ),
            (
                "a comment form that is guarded",
                &format!(
                    "<title>The old pier</title><article><h1>The old pier</h1>{PROSE}</article><form><div class=cf-turnstile>\
                     </div><p>I'm not a robot</p></form>"
                ),
            ),
            (
                "a short notice",
                "<title>Library closed - Merrow</title><main><h1>Library closed</h1><p>The library stays closed on Friday because \
                 the heating has failed. It opens again on Saturday at ten. Books that fall due on Friday may be brought back \
                 on Monday without a fine.</p></main><footer>Town of Merrow. We use cookies.</footer>",
            ),
        ],
    );
}
