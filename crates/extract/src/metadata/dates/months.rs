//! The names of months in the languages of the web, in full, declined, and shortened. It is a table and a look-up.

/// Names in lower case by month. A name shared by languages that disagree about the month stands for neither.
#[rustfmt::skip]
const MONTHS: [&[&str]; 12] = [
    &[
        "january", "jan", "januar", "jänner", "jän", "jaenner", "janvier", "janv", "enero", "ene", "gennaio", "gen",
        "janeiro", "januari", "stycznia", "styczeń", "sty", "января", "январь", "янв", "січня", "січень", "січ",
        "ledna", "leden", "led", "januára", "január", "ocak", "oca", "ιανουαρίου", "ιανουάριος", "ιαν", "γενάρη",
        "tammikuuta", "tammikuu", "tammi", "ianuarie", "ian", "siječnja", "siječanj", "јануар", "јануара", "януари",
        "ян", "gener", "urtarrila", "jaanuar", "janvāris", "sausio", "sausis", "januarja", "ιανουάριο", "γενάρης",
        "xaneiro", "janúar", "ionawr", "eanáir", "يناير", "جانفي", "ינואר", "בינואר", "มกราคม", "जनवरी", "জানুয়ারি",
        "ژانویه", "yanvar", "қаңтар", "იანვარი", "հունվարի", "sij",
    ],
    &[
        "february", "feb", "februar", "feber", "février", "fevrier", "févr", "fév", "fevr", "febrero", "febbraio",
        "febb", "fevereiro", "fev", "februari", "lutego", "luty", "lut", "февраля", "февраль", "фев", "февр",
        "лютого", "лютий", "лют", "února", "únor", "úno", "februára", "február", "febr", "şubat", "şub", "subat",
        "φεβρουαρίου", "φεβρουάριος", "φεβ", "φλεβάρη", "helmikuuta", "helmikuu", "helmi", "februarie", "veljače",
        "veljača", "фебруар", "фебруара", "февруари", "febrer", "veebruar", "februāris", "vasario", "februarja",
        "φεβρουάριο", "φλεβάρης", "febreiro", "febrúar", "فبراير", "فيفري", "פברואר", "בפברואר", "กุมภาพันธ์",
        "फरवरी", "फ़रवरी", "ফেব্রুয়ারি", "فوریه", "fevral", "ақпан", "თებერვალი", "փետրվարի", "pebruari", "velj",
    ],
    &[
        "march", "mar", "märz", "maerz", "mär", "mrz", "mars", "marzo", "março", "marco", "maart", "mrt", "marca",
        "marzec", "марта", "март", "мар", "березня", "березень", "бер", "března", "březen", "bře", "marec", "mart",
        "μαρτίου", "μάρτιος", "μαρ", "μάρτη", "maaliskuuta", "maaliskuu", "maalis", "március", "márc", "martie",
        "ožujka", "ožujak", "març", "märts", "kovo", "marts", "μάρτιο", "μάρτης", "مارس", "מרץ", "במרץ", "มีนาคม",
        "मार्च", "মার্চ", "наурыз", "მარტი", "մարտի", "сакавіка", "martxoaren", "maret", "ožu",
    ],
    &[
        "april", "apr", "avril", "avr", "abril", "abr", "aprile", "kwietnia", "kwiecień", "kwi", "апреля", "апрель",
        "апр", "квітня", "квітень", "квіт", "dubna", "duben", "dub", "apríla", "apríl", "nisan", "nis", "απριλίου",
        "απρίλιος", "απρ", "απρίλη", "huhtikuuta", "huhtikuu", "huhti", "április", "ápr", "aprilie", "travnja",
        "travanj", "април", "априла", "aprill", "balandžio", "aprīlis", "aprila", "απρίλιο", "απρίλης", "أبريل",
        "ابريل", "إبريل", "أفريل", "אפריל", "באפריל", "เมษายน", "अप्रैल", "এপ্রিল", "آوریل", "aprel", "сәуір",
        "აპრილი", "ապրիլի", "красавіка", "tra",
    ],
    &[
        "may", "mai", "mayo", "maggio", "mag", "maio", "mei", "maja", "maj", "мая", "май", "травня", "травень",
        "трав", "května", "květen", "kvě", "mája", "máj", "mayıs", "mayis", "μαΐου", "μαίου", "μάιος", "μαι", "μάη",
        "toukokuuta", "toukokuu", "touko", "május", "svibnja", "svibanj", "мај", "маја", "maig", "gegužės", "maijs",
        "μάιο", "μάης", "maí", "مايو", "ماي", "מאי", "במאי", "พฤษภาคม", "मई", "মে", "مه", "maiatza", "мамыр", "მაისი",
        "մայիսի", "траўня", "svi",
    ],
    &[
        "june", "jun", "juni", "juin", "junio", "giugno", "giu", "junho", "czerwca", "czerwiec", "cze", "июня",
        "июнь", "июн", "червня", "червень", "черв", "června", "červen", "čvn", "júna", "jún", "haziran", "haz",
        "ιουνίου", "ιούνιος", "ιουν", "ιούνη", "kesäkuuta", "kesäkuu", "kesä", "június", "iunie", "iun", "lipnja",
        "lipanj", "јун", "јуна", "юни", "juny", "juuni", "birželio", "jūnijs", "junija", "ιούνιο", "ιούνης", "júní",
        "يونيو", "جوان", "יוני", "ביוני", "มิถุนายน", "जून", "জুন", "ژوئن", "iyun", "маусым", "ივნისი", "հունիսի",
        "чэрвеня", "xuño",
    ],
    &[
        "july", "jul", "juli", "juillet", "juil", "julio", "luglio", "lug", "julho", "lipca", "lipiec", "lip", "июля",
        "июль", "июл", "липня", "липень", "лип", "července", "červenec", "čvc", "júla", "júl", "temmuz", "tem",
        "ιουλίου", "ιούλιος", "ιουλ", "ιούλη", "heinäkuuta", "heinäkuu", "heinä", "július", "iulie", "iul", "srpnja",
        "srpanj", "јул", "јула", "юли", "juliol", "juuli", "liepos", "jūlijs", "julija", "ιούλιο", "ιούλης", "júlí",
        "يوليو", "جويلية", "יולי", "ביולי", "กรกฎาคม", "जुलाई", "জুলাই", "ژوئیه", "iyul", "шілде", "ივლისი",
        "հուլիսի", "ліпеня", "xullo",
    ],
    &[
        "august", "aug", "août", "aout", "agosto", "ago", "agos", "augustus", "sierpnia", "sierpień", "sie",
        "августа", "август", "авг", "серпня", "серпень", "серп", "srpna", "srpen", "srp", "augusta", "ağustos",
        "agustos", "ağu", "αυγούστου", "αύγουστος", "αυγ", "elokuuta", "elokuu", "elo", "augusztus", "augusti",
        "kolovoza", "kolovoz", "agost", "rugpjūčio", "augusts", "avgusta", "avgust", "αύγουστο", "ágúst", "أغسطس",
        "اغسطس", "أوت", "אוגוסט", "באוגוסט", "สิงหาคม", "अगस्त", "আগস্ট", "اوت", "avqust", "тамыз", "აგვისტო",
        "օգոստոսի", "жніўня", "agustus", "ogos", "kol", "agt",
    ],
    &[
        "september", "sep", "sept", "septembre", "septiembre", "setiembre", "settembre", "sett", "setembro", "set",
        "września", "wrzesień", "wrz", "сентября", "сентябрь", "сен", "сент", "вересня", "вересень", "вер", "září",
        "zář", "septembra", "eylül", "eylul", "eyl", "σεπτεμβρίου", "σεπτέμβριος", "σεπ", "σεπτ", "σεπτέμβρη",
        "syyskuuta", "syyskuu", "syys", "szeptember", "szept", "septembrie", "rujna", "rujan", "септембар",
        "септембра", "септември", "setembre", "rugsėjo", "septembris", "σεπτέμβριο", "σεπτέμβρης", "सितंबर",
        "सितम्बर", "سبتمبر", "ספטמבר", "בספטמבר", "กันยายน", "সেপ্টেম্বর", "سپتامبر", "sentyabr", "қыркүйек",
        "სექტემბერი", "սեպտեմբերի", "верасня", "septembar", "ruj",
    ],
    &[
        "october", "oct", "oktober", "okt", "octobre", "octubre", "ottobre", "ott", "outubro", "out", "października",
        "październik", "paź", "октября", "октябрь", "окт", "жовтня", "жовтень", "жовт", "října", "říjen", "říj",
        "októbra", "október", "ekim", "eki", "οκτωβρίου", "οκτώβριος", "οκτ", "οκτώβρη", "lokakuuta", "lokakuu",
        "loka", "octombrie", "октобар", "октобра", "октомври", "oktoober", "spalio", "oktobris", "oktobra",
        "οκτώβριο", "οκτώβρης", "أكتوبر", "اكتوبر", "אוקטובר", "באוקטובר", "ตุลาคม", "अक्टूबर", "अक्तूबर", "অক্টোবর",
        "اکتبر", "oktyabr", "қазан", "ოქტომბერი", "հոկտեմբերի", "кастрычніка", "oktobar",
    ],
    &[
        "november", "nov", "novembre", "noviembre", "novembro", "listopada", "listopad", "lis", "ноября", "ноябрь",
        "ноя", "нояб", "листопада", "листопад", "лист", "listopadu", "novembra", "kasım", "kasim", "kas", "νοεμβρίου",
        "νοέμβριος", "νοε", "νοέμβρη", "marraskuuta", "marraskuu", "marras", "noiembrie", "noi", "studenoga",
        "studeni", "новембар", "новембра", "ноември", "lapkričio", "novembris", "νοέμβριο", "νοέμβρης", "nóvember",
        "نوفمبر", "נובמבר", "בנובמבר", "พฤศจิกายน", "नवंबर", "नवम्बर", "নভেম্বর", "نوامبر", "noyabr", "қараша",
        "ნოემბერი", "նոյեմբերի", "лістапада", "novembar", "nopember", "stu",
    ],
    &[
        "december", "dec", "dezember", "dez", "décembre", "decembre", "déc", "diciembre", "dic", "dicembre",
        "dezembro", "desember", "des", "grudnia", "grudzień", "gru", "декабря", "декабрь", "дек", "грудня", "грудень",
        "груд", "prosince", "prosinec", "pro", "decembra", "aralık", "aralik", "δεκεμβρίου", "δεκέμβριος", "δεκ",
        "δεκέμβρη", "joulukuuta", "joulukuu", "joulu", "decembrie", "prosinca", "prosinac", "децембар", "децембра",
        "декември", "desembre", "detsember", "gruodžio", "decembris", "δεκέμβριο", "δεκέμβρης", "ديسمبر", "דצמבר",
        "בדצמבר", "ธันวาคม", "दिसंबर", "दिसम्बर", "ডিসেম্বর", "دسامبر", "dekabr", "желтоқсан", "დეკემბერი",
        "դեկտեմբերի", "снежня", "decembar",
    ],
];

/// The month a word names, from 1 to 12; the word is in lower case, without its closing full stop.
pub(crate) fn month(word: &str) -> Option<u32> {
    if word.len() < 3 || word.len() > 40 {
        return None;
    }
    MONTHS.iter().position(|names| names.contains(&word)).map(|place| place as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_known_in_many_languages() {
        let named = [
            "march",
            "märz",
            "mars",
            "marzo",
            "março",
            "maart",
            "marca",
            "марта",
            "березня",
            "března",
            "mart",
            "μαρτίου",
        ];
        assert!(named.iter().all(|name| month(name) == Some(3)));
        for (name, number) in [("heinäkuuta", 7), ("augusztus", 8), ("octombrie", 10), ("ağustos", 8), ("desember", 12)]
        {
            assert_eq!(month(name), Some(number), "{name}");
        }
    }

    #[test]
    fn no_name_stands_for_two_months() {
        for (place, names) in MONTHS.iter().enumerate() {
            for name in *names {
                assert_eq!(month(name), Some(place as u32 + 1), "{name}");
            }
        }
    }
}
