//! What the words around a date say it is: of publication, of change, or of something else. It is a list of words in many
//! languages and a look-up; it reads the end of a line or its beginning.

/// What the words around a date say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    Published,
    Modified,
    /// Something else altogether: when a member joined, when an event begins.
    Other,
    None,
}

/// Beginnings of words and phrases, in lower case; those of one language after another.
#[rustfmt::skip]
const MODIFIED: &[&str] = &[
    "updated", "update", "changed", "last edit", "last review", "last mod", "modified", "revised", "edited", "reviewed",
    "amended", "letzte änderung", "zuletzt", "aktualisier", "geändert", "überarbeitet", "bearbeitet", "stand", "mis à jour",
    "mise à jour", "màj", "maj le", "modifié", "actualisé", "actualizad", "actualización", "modificad", "última modif",
    "aggiornat", "aggiornamento", "ultima modifica", "modificat", "atualizad", "atualização", "bijgewerkt", "gewijzigd",
    "laatste wijziging", "laatst", "aktualizacj", "zaktualizowan", "zmodyfikowan", "обновлен", "обновлён", "изменен",
    "изменён", "отредактир", "оновлен", "змінено", "редагован", "актуализир", "обновена", "ажурирано", "aktualizov",
    "upraven", "zmeněno", "změněno", "güncelle", "son düzenle", "ενημέρωση", "ενημερώθηκε", "τροποποι", "τελευταία",
    "uppdaterad", "ändrad", "senast", "opdateret", "ændret", "oppdatert", "endret", "sist", "päivitetty", "muokattu",
    "frissít", "módosít", "actualizat", "modificată", "ažurirano", "izmijenjeno", "spremenjeno", "posodobljeno",
    "atnaujint", "atjaun", "uuendatud", "cập nhật", "diperbarui", "dikemaskini", "更新", "修改", "最后编辑", "最後編輯",
    "修正", "수정", "업데이트", "تحديث", "تعديل", "به‌روز", "بروزرسانی", "ویرایش", "עודכן", "עדכון", "แก้ไข", "อัปเดต",
    "อัพเดท", "ปรับปรุง", "अपडेट", "अद्यतन", "হালনাগাদ", "আপডেট",
];

#[rustfmt::skip]
const PUBLISHED: &[&str] = &[
    "published", "publish date", "publication date", "posted", "post time", "post date", "first aired", "written", "created",
    "released", "submitted", "date:", "date posted", "date published", "originally", "wurde am", "datum", "verfasst",
    "geschrieben", "gespeichert", "eingestellt", "veröffentlicht", "publiziert", "erstellt", "erschienen", "publié", "publie",
    "paru", "mis en ligne", "mise en ligne", "posté", "écrit le", "créé le", "fecha:", "publicad", "publicación", "publicat",
    "creado", "pubblicat", "pubblicazione", "inserito", "data:", "scritto", "postado", "criado", "geplaatst", "gepubliceerd",
    "gepost", "opublikowan", "data publikacji", "dodan", "utworzon", "dato:", "дата", "опубликован", "размещен", "размещён",
    "добавлен", "создан", "написан", "опубліковано", "додано", "розміщено", "публикуван", "објављено", "publikován", "vydáno",
    "vloženo", "zveřejněn", "zverejnen", "pridané", "vytvořen", "yayın", "eklenme", "oluşturulma", "giriş", "δημοσίευση",
    "δημοσιεύ", "ανάρτηση", "αναρτήθηκε", "ημερομηνία", "publicerad", "publicerat", "skapad", "udgivet", "offentliggjort",
    "oprettet", "publisert", "julkaistu", "lisätty", "közzé", "megjelent", "létrehoz", "postat", "objavljen", "paskelbt",
    "publicēts", "avaldatud", "đăng", "ngày đăng", "xuất bản", "diterbitkan", "dipublikasikan", "tayang", "diposting", "发布",
    "發布", "發佈", "发表", "發表", "刊登", "发稿", "時間", "时间", "日期", "公開", "投稿", "掲載", "配信", "作成", "公布",
    "등록", "입력", "작성", "게시", "승인", "발행", "نشر", "تاريخ", "كتب", "أضيف", "انتشار", "تاریخ", "منتشر", "פורסם",
    "תאריך", "เผยแพร่", "วันที่", "โพสต์", "प्रकाशित", "প্রকাশ",
];

#[rustfmt::skip]
const OTHER: &[&str] = &[
    "joined", "join date", "registered", "member since", "since", "founded", "last reply", "last post", "latest reply",
    "latest post", "last visit", "last active", "current date", "accessed", "retrieved", "archived", "viewed", "born",
    "died", "deadline", "expires", "valid until", "due", "copyright", "©", "registriert", "anmeldedatum", "beigetreten",
    "dabei seit", "mitglied seit", "letzter beitrag", "letzte antwort", "aktuelles datum", "abgerufen", "inscrit",
    "consulté", "membre depuis", "dernier message", "registrado", "consultado", "desde", "iscritto", "zarejestrowan",
    "dołączył", "dostęp", "зарегистрирован", "регистрация", "последнее сообщение", "registrován", "założony", "kayıt",
    "εγγραφή", "medlem", "geregistreerd", "lid sinds", "注册", "註冊", "最后发表", "最後發表", "登録日", "가입",
];

/// What the words before a date, and nothing else, say it is: the label that ends closest to the date.
pub(crate) fn label(before: &str) -> Label {
    const CHARACTERS: usize = 40;
    let start = before.char_indices().rev().nth(CHARACTERS - 1).map_or(0, |(at, _)| at);
    let tail = &before[start..];
    if !tail.chars().any(|c| c.is_alphabetic() || c == '©') {
        return Label::None;
    }
    let tail = tail.to_lowercase();
    let mut best = (0, Label::None);
    let mut previous = ' ';
    for (at, c) in tail.char_indices() {
        // A label begins a word; scripts without spaces have no beginnings to go by.
        let begins = !previous.is_alphanumeric() || !is_spaced(c);
        previous = c;
        if !begins || !(c.is_alphabetic() || c == '©') {
            continue;
        }
        let rest = &tail[at..];
        let first = rest.as_bytes()[0];
        for (words, label) in [(PUBLISHED, Label::Published), (MODIFIED, Label::Modified), (OTHER, Label::Other)] {
            let longest = words
                .iter()
                .filter(|word| word.as_bytes()[0] == first && rest.starts_with(**word))
                .map(|word| word.len())
                .max();
            if let Some(length) = longest
                && is_whole(rest, length)
                && at + length > best.0
            {
                best = (at + length, label);
            }
        }
    }
    best.1
}

/// Whether the words of this character's script are parted by spaces.
fn is_spaced(c: char) -> bool {
    !matches!(c, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
        && !matches!(c, '\u{590}'..='\u{6ff}')
}

/// Whether a short label is a word of its own (`stand`, not `standing`).
fn is_whole(rest: &str, length: usize) -> bool {
    length > 5 || !rest.is_ascii() || rest.as_bytes().get(length).is_none_or(|byte| !byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_known_in_many_languages() {
        for line in [
            "Published on ",
            "Veröffentlicht am ",
            "Publié le ",
            "Publicado el ",
            "Pubblicato il ",
            "Geplaatst op ",
            "Opublikowano: ",
            "Опубликовано ",
            "Δημοσίευση: ",
            "发布时间：",
            "公開日：",
            "등록 ",
            "تاريخ النشر: ",
            "Yayınlanma: ",
            "Ngày đăng: ",
            "Zveřejněno ",
            "Publicerad ",
            "เผยแพร่เมื่อ ",
        ] {
            assert_eq!(label(line), Label::Published, "{line}");
        }
        for line in [
            "Last updated: ",
            "Aktualisiert am ",
            "Stand: ",
            "Mis à jour le ",
            "Actualizado ",
            "Aggiornato il ",
            "Atualizado em ",
            "Bijgewerkt op ",
            "Aktualizacja: ",
            "Обновлено ",
            "Ενημερώθηκε ",
            "更新：",
            "最終更新日 ",
            "수정 ",
            "آخر تحديث ",
            "Güncelleme: ",
            "Cập nhật: ",
            "Uppdaterad ",
        ] {
            assert_eq!(label(line), Label::Modified, "{line}");
        }
        for line in ["Joined: ", "Registriert seit ", "Anmeldedatum: ", "Last post by Ada, ", "Copyright "] {
            assert_eq!(label(line), Label::Other, "{line}");
        }
    }

    #[test]
    fn the_label_closest_to_the_date_counts() {
        assert_eq!(label("Published 1 May, last updated: "), Label::Modified);
        assert_eq!(label("Rain on "), Label::None);
    }

    #[test]
    fn a_label_inside_another_word_is_none() {
        assert_eq!(label("to understand "), Label::None);
        assert_eq!(label("standing by on "), Label::None);
    }
}
