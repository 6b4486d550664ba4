//! The language of the page as a BCP 47 tag: what it declares, unless its script says otherwise; else what its letters and
//! small words say. It reads text and attributes and knows nothing of structure.

use crate::letters;
use crate::metadata::evidence::Evidence;
use crate::metadata::jsonld::Linked;
use crate::metadata::lines::Line;

/// This much text tells a language.
const SAMPLE_CHARS_MAX: usize = 4000;
/// Fewer letters tell none.
const SAMPLE_LETTERS_MIN: usize = 60;
/// Fewer small words tell none.
const HITS_MIN: usize = 4;

/// The language of the page.
pub(crate) fn language(evidence: &Evidence<'_>, linked: &Linked) -> Option<String> {
    let metas = ["content-language", "og:locale", "dc.language", "dcterms.language", "language", "locale"];
    let declared = evidence.html_lang.into_iter().chain(metas.iter().flat_map(|name| evidence.metas_of(name)));
    let declared = declared.chain(linked.language.as_deref()).find_map(normalised);
    let sample = Sample::of(&evidence.lines);
    match (declared, sample.script()) {
        // Themes are shipped with `lang="en"`: a page in another script is not in English.
        (Some(declared), Some(script)) if !script.writes(&declared) => sample.language().or(Some(declared)),
        (Some(declared), _) => Some(declared),
        (None, _) => sample.language(),
    }
}

/// A language tag in the case BCP 47 recommends; nothing where it is no tag.
pub(crate) fn normalised(tag: &str) -> Option<String> {
    let tag = tag.trim().split([',', ';', ' ', '.']).next()?.replace('_', "-");
    let mut out = String::new();
    for (place, part) in tag.split('-').enumerate() {
        if part.is_empty() || part.len() > 8 || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        let is_alphabetic = part.bytes().all(|b| b.is_ascii_alphabetic());
        match (place, part.len()) {
            (0, 2 | 3) if is_alphabetic => out.push_str(&part.to_ascii_lowercase()),
            (0, _) => return None,
            (_, 4) if is_alphabetic => {
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

/// The scripts that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Greek,
    Han,
    Kana,
    Hangul,
    Arabic,
    Hebrew,
    Devanagari,
    Thai,
    Other,
}

const SCRIPTS: usize = 11;

impl Script {
    fn of(c: char) -> Self {
        match c {
            'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Self::Latin,
            '\u{400}'..='\u{52f}' => Self::Cyrillic,
            '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Self::Greek,
            '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' => Self::Han,
            '\u{3040}'..='\u{30ff}' => Self::Kana,
            '\u{ac00}'..='\u{d7af}' => Self::Hangul,
            '\u{600}'..='\u{6ff}' => Self::Arabic,
            '\u{590}'..='\u{5ff}' => Self::Hebrew,
            '\u{900}'..='\u{97f}' => Self::Devanagari,
            '\u{e00}'..='\u{e7f}' => Self::Thai,
            _ => Self::Other,
        }
    }

    /// Whether a language is written in this script, as far as is known.
    fn writes(self, tag: &str) -> bool {
        let language = tag.split('-').next().unwrap_or(tag);
        let own: &[&str] = match self {
            Self::Cyrillic => &[
                "ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg", "tt", "ba", "cv", "ce", "os", "uz", "az",
                "bs",
            ],
            Self::Greek => &["el", "grc"],
            Self::Han => &["zh", "ja", "yue", "wuu", "lzh", "ko", "cmn"],
            Self::Kana => &["ja"],
            Self::Hangul => &["ko"],
            Self::Arabic => &["ar", "fa", "ur", "ps", "ug", "ckb", "sd", "ku", "arz", "ms", "pa"],
            Self::Hebrew => &["he", "iw", "yi"],
            Self::Devanagari => &["hi", "mr", "ne", "sa", "kok", "mai", "bho"],
            Self::Thai => &["th"],
            Self::Latin | Self::Other => return true,
        };
        own.contains(&language)
    }
}

/// Small words that are frequent in one language and rare in the others, and its letters that others lack.
struct Profile {
    tag: &'static str,
    words: &'static str,
    letters: &'static str,
}

const LATIN: [Profile; 19] = [
    Profile {
        tag: "en",
        words: " the of and to is that for with was this are from have not you it be by as or ",
        letters: "",
    },
    Profile {
        tag: "de",
        words: " der die und das ist nicht mit von den ein eine auf für sich dem auch wird im zu des ",
        letters: "ßäöü",
    },
    Profile {
        tag: "fr",
        words: " le la les des et est une dans pour que qui sur pas au avec du ce par plus sont ",
        letters: "çèêàœù",
    },
    Profile {
        tag: "es",
        words: " el la los las de que y en una por con para del se es su como más pero al ",
        letters: "ñ¿¡",
    },
    Profile {
        tag: "it",
        words: " il la di che e è per un una del con non sono della le gli nel anche si da ",
        letters: "òìù",
    },
    Profile {
        tag: "pt",
        words: " o a os as de que e do da em um uma para com não por dos mais ao na no ",
        letters: "ãõ",
    },
    Profile {
        tag: "nl",
        words: " de het een en van is dat niet op te zijn voor met die aan er ook bij maar ",
        letters: "",
    },
    Profile {
        tag: "pl",
        words: " i w na z się nie że do jest to o po jak za od przez dla oraz który są ",
        letters: "łżśąęźć",
    },
    Profile {
        tag: "cs",
        words: " a v na se je že s z do o to jako pro ale by za které byl jsou také ",
        letters: "řěůň",
    },
    Profile {
        tag: "sk", words: " a v na sa je že s z do o to ako pre ale by za ktoré bol sú aj ", letters: "ľĺŕô"
    },
    Profile {
        tag: "tr",
        words: " ve bir bu da de için ile olarak daha çok olan gibi ne kadar sonra ama en ",
        letters: "ğış",
    },
    Profile {
        tag: "sv", words: " och att det i som en är på för med av den till inte har om ett ", letters: "åäö"
    },
    Profile {
        tag: "da", words: " og at det i er en på for med til af den ikke der har som et de ", letters: "æøå"
    },
    Profile {
        tag: "nb", words: " og å det i er en på for med til av den ikke som har et de fra ", letters: "æøå"
    },
    Profile {
        tag: "fi",
        words: " ja on ei se että oli hän mutta ovat kun myös ole joka sen tai kuin mukaan ",
        letters: "äö",
    },
    Profile {
        tag: "hu", words: " a az és hogy nem is egy ez meg van de volt ha már csak mint el még ", letters: "őű"
    },
    Profile {
        tag: "ro", words: " și în de la a cu pe din care nu că este o un mai pentru sunt fi ", letters: "șțăâ"
    },
    Profile {
        tag: "vi",
        words: " và của là có không được cho các trong một với người những này đã ",
        letters: "đơưạảấầậ",
    },
    Profile {
        tag: "id",
        words: " yang dan di untuk dengan ini dari pada tidak itu dalam akan adalah juga oleh ke ",
        letters: "",
    },
];

const CYRILLIC: [Profile; 5] = [
    Profile {
        tag: "ru", words: " и в не на что с по как это из для от его но же все за был ", letters: "ыэъё"
    },
    Profile {
        tag: "uk", words: " і в не на що з до та як це для від його але за був у про ", letters: "їєґ"
    },
    Profile {
        tag: "be", words: " і ў не на што з да як гэта для ад яго але за быў у ", letters: "ў"
    },
    Profile {
        tag: "bg", words: " и в не на че с по как това от за да се са като е ", letters: "щъ"
    },
    Profile {
        tag: "sr", words: " и у не на да са по како је се од за који су ", letters: "ђјљњћџ"
    },
];

/// Text of the page to tell the language from.
struct Sample {
    text: String,
    letters: [usize; SCRIPTS],
}

impl Sample {
    /// The longest lines tell most: menus and buttons are often in another language.
    fn of(lines: &[Line<'_>]) -> Self {
        const LONG_BYTES: usize = 80;
        let mut text = String::from(" ");
        let mut letters = [0; SCRIPTS];
        let mut left = SAMPLE_CHARS_MAX;
        let long = lines.iter().filter(|line| line.text.len() >= LONG_BYTES);
        let short = lines.iter().filter(|line| line.text.len() < LONG_BYTES);
        for line in long.chain(short) {
            for c in line.text.chars().take(left) {
                left -= 1;
                if letters::is_alphabetic(c) {
                    letters[Script::of(c) as usize] += 1;
                    if c.is_ascii() {
                        text.push(c.to_ascii_lowercase());
                    } else {
                        text.extend(c.to_lowercase());
                    }
                } else if matches!(c, '¿' | '¡') {
                    text.push(c);
                } else if !text.ends_with(' ') {
                    text.push(' ');
                }
            }
            text.push(' ');
            if left == 0 {
                break;
            }
        }
        Self { text, letters }
    }

    /// The script of the text, where one clearly prevails. A few kana make a text Japanese.
    fn script(&self) -> Option<Script> {
        const ALL: [Script; SCRIPTS] = [
            Script::Latin,
            Script::Cyrillic,
            Script::Greek,
            Script::Han,
            Script::Kana,
            Script::Hangul,
            Script::Arabic,
            Script::Hebrew,
            Script::Devanagari,
            Script::Thai,
            Script::Other,
        ];
        let count = |script: Script| self.letters[script as usize];
        let all: usize = self.letters.iter().sum();
        // Each character of these scripts tells as much as several letters.
        let is_dense = count(Script::Han) + count(Script::Kana) + count(Script::Hangul) > all / 3;
        if all < if is_dense { SAMPLE_LETTERS_MIN / 4 } else { SAMPLE_LETTERS_MIN } {
            return None;
        }
        if is_dense && count(Script::Kana) * 20 > all {
            return Some(Script::Kana);
        }
        ALL.into_iter().find(|script| count(*script) * 2 > all)
    }

    fn language(&self) -> Option<String> {
        let tag = match self.script()? {
            Script::Latin => self.among(&LATIN)?,
            Script::Cyrillic => self.among(&CYRILLIC).unwrap_or("ru"),
            Script::Greek => "el",
            Script::Han => "zh",
            Script::Kana => "ja",
            Script::Hangul => "ko",
            Script::Arabic => {
                if self.text.contains(['پ', 'چ', 'گ', 'ژ']) {
                    "fa"
                } else {
                    "ar"
                }
            }
            Script::Hebrew => "he",
            Script::Devanagari => "hi",
            Script::Thai => "th",
            Script::Other => return None,
        };
        Some(tag.to_owned())
    }

    /// The language whose small words and letters are most frequent.
    fn among(&self, profiles: &[Profile]) -> Option<&'static str> {
        let words: Vec<&str> = self.text.split(' ').filter(|word| !word.is_empty() && word.len() < 12).collect();
        let hits = |profile: &Profile| {
            let known: Vec<&str> = profile.words.split(' ').filter(|word| !word.is_empty()).collect();
            let small = words.iter().filter(|word| known.contains(*word)).count();
            let letters = self.text.chars().filter(|c| profile.letters.contains(*c)).count();
            small * 2 + letters.min(small + 20)
        };
        let best = profiles.iter().map(|profile| (hits(profile), profile.tag)).max_by_key(|(hits, _)| *hits)?;
        (best.0 >= 2 * HITS_MIN).then_some(best.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scraper::Html;

    fn of(html: &str) -> Option<String> {
        let tree = Html::parse_document(html);
        language(&Evidence::gather(&tree), &Linked::default())
    }

    #[test]
    fn tags_are_written_as_bcp_47_recommends() {
        assert_eq!(normalised("PT_br").as_deref(), Some("pt-BR"));
        assert_eq!(normalised("zh-hans-cn").as_deref(), Some("zh-Hans-CN"));
        assert_eq!(normalised("en_US.UTF-8").as_deref(), Some("en-US"));
        assert_eq!(normalised("english"), None);
        assert_eq!(normalised("x"), None);
    }

    #[test]
    fn the_declared_language_counts_unless_the_script_says_otherwise() {
        assert_eq!(of("<html lang=de-at><p>Rain</p>").as_deref(), Some("de-AT"));
        assert_eq!(of("<meta property=og:locale content=fr_FR>").as_deref(), Some("fr-FR"));
        let russian = "<html lang=en><p>Вчера в городе снова шёл дождь, и никто не знал, что с ним делать, потому что зонтов не было.</p>";
        assert_eq!(of(russian).as_deref(), Some("ru"));
    }

    #[test]
    fn undeclared_languages_are_told_by_their_small_words() {
        for (tag, text) in [
            (
                "en",
                "It rained again in the city, and nobody was ready for the water that came from the hills this time.",
            ),
            (
                "de",
                "Es hat in der Stadt wieder geregnet, und niemand war auf das Wasser vorbereitet, das von den Hügeln kam.",
            ),
            (
                "fr",
                "Il a encore plu dans la ville et personne ne savait que faire de toute cette eau qui venait des collines.",
            ),
            (
                "es",
                "Volvió a llover en la ciudad y nadie sabía qué hacer con el agua que bajaba de las colinas por la noche.",
            ),
            (
                "it",
                "In città è piovuto di nuovo e nessuno sapeva che cosa fare con l'acqua che scendeva dalle colline per la notte.",
            ),
            (
                "pl",
                "W mieście znowu padał deszcz i nikt nie wiedział, co zrobić z wodą, która się zbierała na ulicach przez noc.",
            ),
            ("el", "Έβρεξε ξανά στην πόλη και κανείς δεν ήξερε τι να κάνει με το νερό που κατέβαινε από τους λόφους."),
            ("uk", "У місті знову йшов дощ, і ніхто не знав, що робити з водою, яка текла з пагорбів цієї ночі."),
            ("zh", "昨天城里又下雨了，没有人知道该怎么处理从山上流下来的水。"),
            ("ja", "昨日また町に雨が降り、丘から流れてくる水をどうすればいいのか誰も知らなかった。"),
            ("ko", "어제 도시에 다시 비가 내렸고 언덕에서 내려오는 물을 어떻게 해야 할지 아무도 몰랐다."),
        ] {
            assert_eq!(of(&format!("<p>{text}</p>")).as_deref(), Some(tag), "{text}");
        }
    }

    #[test]
    fn a_few_words_tell_no_language() {
        assert_eq!(of("<p>Rain</p>"), None);
    }
}
