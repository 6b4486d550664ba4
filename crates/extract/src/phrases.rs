//! The set phrases of chrome in many languages: what themes print around an article ("Leave a Reply", "Published on",
//! "Advertisement"). A phrase is looked for in short blocks only, after folding case, space and punctuation; longer text is
//! never judged by it.

/// What a phrase is said for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Chrome {
    /// Asks to share or follow.
    Share,
    /// Heads or belongs to the comments.
    Comments,
    /// Heads links to other articles.
    Related,
    /// Asks for an address.
    Newsletter,
    /// Asks about cookies.
    Cookies,
    /// Announces an advertisement.
    Advert,
    /// Says when, by whom, how long.
    Byline,
    /// Lists tags or categories.
    Tags,
    /// Leads elsewhere on the site.
    Navigation,
    /// Asks to log in, register or pay.
    Account,
    /// Claims rights.
    Legal,
}

/// How a phrase stands in its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    /// It is the whole block.
    Whole,
    /// The block begins with it and is at most so many words long.
    Start(usize),
    /// The block contains it and is at most so many words long.
    Within(usize),
}

use Chrome::{Account, Advert, Byline, Comments, Cookies, Legal, Navigation, Newsletter, Related, Share, Tags};
use Match::{Start, Whole, Within};

/// The phrases, folded: lower case, single spaces, no punctuation at the ends.
const TABLE: &[(Chrome, Match, &[&str])] = &[
    (Share, Whole, &[
        "share", "share this", "share it", "sharing", "tweet", "pin it", "share on facebook", "share on twitter", "share on x",
        "share on linkedin", "share on whatsapp", "share via email", "facebook", "twitter", "whatsapp", "linkedin", "pinterest",
        "reddit", "telegram", "email", "e-mail", "print", "copy link", "link copied", "copied", "like this", "follow us", "follow",
        "instagram", "youtube", "tiktok", "messenger", "mastodon", "bluesky", "threads", "x", "pocket", "flipboard", "tumblr",
        "teilen", "auf facebook teilen", "auf twitter teilen", "twittern", "drucken", "folgen sie uns", "merken", "partager",
        "partager sur facebook", "imprimer", "suivez-nous", "compartir", "compartir en facebook", "imprimir", "síguenos", "condividi",
        "stampa", "seguici", "compartilhar", "compartilhe", "partilhar", "siga-nos", "udostępnij", "drukuj", "obserwuj nas", "delen",
        "deel", "afdrukken", "dela", "del", "jaa", "sdílet", "zdieľať", "megosztás", "поделиться", "поделиться в соцсетях", "печать",
        "распечатать", "подписывайтесь", "твитнуть", "поширити", "поділитися", "κοινοποίηση", "μοιραστείτε το", "μοιράσου το",
        "εκτύπωση", "分享", "分享到", "打印", "分享到微信", "分享到微博", "复制链接", "微信", "微博", "シェア", "シェアする", "ツイート",
        "印刷", "공유", "공유하기", "인쇄", "مشاركة", "شارك", "طباعة", "שתף", "שיתוף", "paylaş", "bagikan", "chia sẻ", "แชร์",
    ]),
    (Share, Start(8), &[
        "share this", "share on", "share via", "share with", "share the", "share your", "click to share", "tweet this", "follow us", "find us on",
        "like us on", "connect with us", "send this", "email this", "print this", "partager sur", "partager cet", "diesen artikel teilen",
        "artikel teilen", "beitrag teilen", "teilen auf", "teilen sie", "compartir en", "comparte", "comparte esta", "condividi su",
        "condividi questo", "compartilhe", "compartilhar", "udostępnij", "podziel się", "поделиться", "поделитесь", "κοινοποιήστε", "分享到", "分享至",
        "この記事を", "deel dit", "deel op", "suivez", "folge uns", "síguenos", "seguici", "siga o", "подпишитесь", "ακολουθήστε", "join the conversation", "loading",
    ]),
    (Comments, Whole, &[
        "leave a reply", "leave a comment", "leave a reply cancel reply", "cancel reply", "post a comment", "add a comment", "comments",
        "comment", "no comments", "no comments yet", "reply", "join the discussion", "join the conversation", "post comment", "submit comment", "write a comment", "view comments",
        "show comments", "load comments", "comments are closed", "be the first to comment", "your email address will not be published",
        "required fields are marked", "schreibe einen kommentar", "kommentar schreiben", "kommentare", "kommentar", "antworten", "antwort abbrechen",
        "kommentar abschicken", "kommentieren", "diskutieren sie mit", "laisser un commentaire", "commentaires", "commentaire", "répondre", "laisser une réponse", "ajouter un commentaire", "deja un comentario",
        "dejar un comentario", "deja una respuesta", "comentarios", "responder", "comentar", "lascia un commento", "commenti", "rispondi", "deixe um comentário",
        "deixe uma resposta", "comentários", "dodaj komentarz", "komentarze", "odpowiedz", "zostaw komentarz", "skomentuj", "anuluj pisanie odpowiedzi", "reageer", "reacties", "geef een reactie", "lämna ett svar", "kommentarer",
        "comentários", "napsat komentář", "komentáře", "комментарии", "комментировать", "оставить комментарий", "добавить комментарий", "ответить", "обсудить", "отмена", "коментарі", "коментари",
        "σχόλια", "αφήστε σχόλιο", "γράψτε σχόλιο", "αφήστε μια απάντηση", "προσθήκη σχολίου", "σχολιάστε", "απάντηση", "评论", "发表评论", "我要评论", "网友评论", "留言", "回复", "发表回复", "コメント", "コメントを残す", "コメントする", "返信", "댓글", "댓글 달기", "답글 남기기",
        "تعليقات", "اترك تعليقا", "التعليقات", "أضف تعليق", "اترك رد", "תגובות", "yorumlar", "yorum yap", "bir yanıt yazın", "bình luận", "komentar", "tinggalkan balasan",
    ]),
    (Comments, Start(14), &[
        "leave a reply", "leave a comment", "your email address will not be published", "required fields are marked", "save my name email and website", "save my name", "notify me of",
        "you must be logged in to", "log in to comment", "log in to reply", "login to comment", "sign in to comment", "please log in to", "comments are closed", "be the first to comment", "comments for this",
        "schreiben sie einen kommentar", "deine e-mail-adresse wird nicht veröffentlicht", "ihre e-mail-adresse wird nicht veröffentlicht", "erforderliche felder sind", "meinen namen e-mail", "votre adresse e-mail ne sera pas publiée",
        "votre adresse de messagerie ne sera pas publiée", "les champs obligatoires", "enregistrer mon nom", "tu dirección de correo electrónico no será publicada", "los campos obligatorios", "guarda mi nombre", "il tuo indirizzo email non sarà pubblicato",
        "i campi obbligatori", "o seu endereço de e-mail não será publicado", "o seu endereço de email não será publicado", "campos obrigatórios", "salvar meus dados", "twój adres e-mail nie zostanie opublikowany", "twój adres email nie zostanie opublikowany", "wymagane pola są",
        "je e-mailadres wordt niet", "vereiste velden zijn", "ваш адрес email не будет опубликован", "ваш e-mail не будет опубликован", "обязательные поля", "сохранить моё имя", "ваша e-mail адреса", "η ηλ διεύθυνση σας δεν δημοσιεύεται", "η ηλ. διεύθυνση σας δεν δημοσιεύεται", "τα υποχρεωτικά πεδία", "您的邮箱地址不会被公开", "您的电子邮箱地址不会被公开", "メールアドレスが公開されることはありません", "이메일 주소는 공개되지 않습니다",
        "لن يتم نشر عنوان بريدك", "e-posta adresiniz yayınlanmayacak", "this site uses akismet", "comment data is processed", "learn how your comment data",
    ]),
    (Related, Whole, &[
        "related", "related articles", "related posts", "related stories", "related news", "related content", "related topics", "related links", "related reading", "related coverage", "you may also like", "you might also like", "you may like",
        "you might like", "more stories", "more news", "more from", "more from this author", "more on this", "more on this story", "more articles", "more posts", "read more", "read next", "read also", "see also", "also read", "up next", "next up", "next story", "trending", "trending now",
        "trending stories", "trending news", "most read", "most popular", "most viewed", "most commented", "popular", "popular posts", "popular articles", "popular stories", "latest", "latest news", "latest stories", "latest articles", "latest posts", "recent posts", "recent articles", "recent news", "recent comments", "recommended",
        "recommended for you", "recommended reading", "recommended stories", "suggested for you", "editors' picks", "editor's picks", "editor’s picks", "editors’ picks", "top stories", "top news", "in case you missed it", "don't miss", "don’t miss", "what to read next", "what's next", "keep reading", "explore more", "featured", "featured posts", "around the web", "from around the web", "you may have missed", "sponsored stories", "similar articles", "similar posts", "similar products", "related products", "customers also bought", "customers also viewed", "recently viewed", "you may also be interested in", "further reading", "more like this",
        "ähnliche artikel", "ähnliche beiträge", "verwandte artikel", "verwandte beiträge", "verwandte themen", "das könnte sie auch interessieren", "das könnte dich auch interessieren", "das könnte ihnen auch gefallen", "auch interessant", "mehr zum thema", "lesen sie auch", "lesen sie mehr", "weiterlesen", "meistgelesen", "meistgelesene artikel", "neueste beiträge", "neueste artikel", "letzte beiträge", "weitere artikel", "weitere themen", "weitere nachrichten", "mehr aus", "empfohlen", "beliebt", "aktuelle nachrichten", "im trend", "zum thema", "lies auch", "mehr lesen",
        "articles similaires", "articles liés", "articles connexes", "articles associés", "sur le même sujet", "à lire aussi", "lire aussi", "lire la suite", "à lire également", "vous aimerez aussi", "les plus lus", "les plus lues", "les plus populaires", "articles récents", "dernières actualités", "derniers articles", "tendances", "à découvrir", "plus d'articles", "dans la même rubrique", "à la une", "à suivre", "recommandé pour vous", "en savoir plus", "voir aussi",
        "artículos relacionados", "noticias relacionadas", "entradas relacionadas", "temas relacionados", "también te puede interesar", "te puede interesar", "quizás te interese", "lo más leído", "más leídas", "más leídos", "lo más visto", "últimas noticias", "entradas recientes", "leer más", "lee también", "lea también", "relacionado", "relacionados", "más noticias", "más información", "te recomendamos", "recomendado", "tendencias", "a continuación", "lo último", "no te pierdas", "ver también", "seguir leyendo",
        "articoli correlati", "leggi anche", "leggi tutto", "potrebbe interessarti", "potrebbe interessarti anche", "potrebbero interessarti", "ti potrebbe interessare", "i più letti", "più letti", "le più lette", "ultime notizie", "articoli recenti", "notizie correlate", "vedi anche", "continua a leggere", "in evidenza", "di tendenza", "approfondimenti", "altri articoli", "consigliati",
        "artigos relacionados", "notícias relacionadas", "posts relacionados", "leia também", "leia mais", "veja também", "mais lidas", "mais lidos", "as mais lidas", "últimas notícias", "você também pode gostar", "você pode gostar", "posts recentes", "saiba mais", "mais notícias", "em alta", "recomendados", "recomendado para você", "conteúdo relacionado", "a seguir", "ler mais", "recomendadas",
        "powiązane artykuły", "podobne artykuły", "podobne wpisy", "zobacz także", "zobacz też", "zobacz również", "czytaj także", "czytaj też", "czytaj również", "czytaj więcej", "czytaj dalej", "przeczytaj także", "przeczytaj też", "polecane", "polecamy", "najczęściej czytane", "najnowsze", "najnowsze wpisy", "ostatnie wpisy", "popularne", "więcej na ten temat", "może cię zainteresować", "na czasie", "następny artykuł", "powiązane",
        "lees ook", "lees verder", "gerelateerd", "gerelateerde artikelen", "meest gelezen", "meer over", "läs också", "läs mer", "relaterade artiklar", "les også", "læs også", "lue myös", "související články", "čtěte také", "súvisiace články", "čítajte aj", "kapcsolódó cikkek", "ajánlott", "citește și", "articole similare",
        "читайте также", "читать также", "читать далее", "похожие статьи", "похожие новости", "похожие записи", "похожие материалы", "по теме", "материалы по теме", "ещё по теме", "еще по теме", "связанные статьи", "смотрите также", "популярное", "популярные статьи", "самое читаемое", "последние новости", "свежие записи", "новости по теме", "новости партнеров", "новости партнёров", "рекомендуем", "вам может понравиться", "вам также может понравиться", "главное", "сейчас читают", "в тренде", "далее", "подробнее", "другие новости", "лента новостей", "читайте також", "схожі статті", "прочетете още", "още по темата",
        "σχετικά άρθρα", "σχετικά", "διαβάστε επίσης", "διαβάστε ακόμα", "διαβάστε ακόμη", "διαβάστε περισσότερα", "δείτε επίσης", "δείτε ακόμα", "δημοφιλή", "τα πιο δημοφιλή", "τελευταία νέα", "πρόσφατα άρθρα", "ίσως σας ενδιαφέρει", "ροή ειδήσεων", "περισσότερα", "επόμενο άρθρο", "τάσεις", "προτεινόμενα",
        "相关阅读", "相关文章", "相关新闻", "相关报道", "相关链接", "相关推荐", "推荐阅读", "热门文章", "热门新闻", "最新文章", "最新新闻", "猜你喜欢", "更多", "阅读更多", "延伸阅读", "热点推荐", "今日热点", "热门推荐", "下一篇", "上一篇", "精彩推荐", "编辑推荐", "阅读排行", "新闻排行", "点击排行", "相關文章", "相關新聞", "推薦閱讀", "延伸閱讀", "熱門文章", "最新消息",
        "関連記事", "関連ニュース", "関連リンク", "おすすめ記事", "おすすめ", "人気記事", "人気の記事", "最新記事", "新着記事", "ランキング", "あわせて読みたい", "こちらもおすすめ", "次の記事", "前の記事", "続きを読む", "もっと見る", "アクセスランキング", "トレンド", "관련 기사", "관련기사", "인기 기사", "많이 본 뉴스", "추천 기사", "최신 기사", "더보기",
        "مقالات ذات صلة", "مواضيع ذات صلة", "اقرأ أيضا", "اقرأ أيضًا", "اقرأ المزيد", "الأكثر قراءة", "أخبار ذات صلة", "أحدث الأخبار", "قد يعجبك أيضا", "قد يهمك", "الأكثر مشاهدة", "ذات صلة", "المزيد", "כתבות נוספות", "קרא עוד", "ilgili haberler", "ilgili yazılar", "benzer haberler", "çok okunanlar", "son haberler", "bài viết liên quan", "tin liên quan", "xem thêm", "đọc thêm", "baca juga", "artikel terkait", "berita terkait", "terpopuler",
    ]),
    (Related, Start(16), &[
        "read more:", "read also:", "also read:", "see also:", "related:", "read next:", "more from ", "more on ", "recommended:", "don't miss:", "must read:", "lesen sie auch", "lesen sie mehr", "lies auch", "mehr zum thema", "lire aussi", "à lire aussi", "lire également", "leer también", "lee también", "lea también", "te puede interesar", "leggi anche", "leia também", "leia mais", "veja também", "czytaj też", "czytaj także", "czytaj również", "zobacz też", "zobacz także", "zobacz również", "przeczytaj także", "читайте также", "читать также", "по теме", "смотрите также", "читайте:", "διαβάστε επίσης", "διαβάστε ακόμα", "διαβάστε ακόμη", "δείτε επίσης", "相关阅读", "延伸阅读", "推荐阅读", "関連記事", "あわせて読みたい", "lees ook", "läs också", "les også", "læs også", "čtěte také", "baca juga", "اقرأ أيضا", "اقرأ أيضًا",
    ]),
    (Newsletter, Whole, &[
        "subscribe", "subscribe now", "sign up", "newsletter", "newsletters", "join our newsletter", "sign up for our newsletter", "get the newsletter", "subscribe to our newsletter", "stay informed", "stay updated", "stay in the loop", "abonnieren", "newsletter abonnieren", "jetzt anmelden", "s'abonner", "s’abonner", "je m'abonne", "je m’inscris", "abonnez-vous", "suscríbete", "suscribirse", "suscribirme", "iscriviti", "abbonati", "assine", "assinar", "inscreva-se", "zapisz się", "subskrybuj", "zasubskrybuj", "подписаться", "подписка", "подписаться на рассылку", "εγγραφή", "εγγραφείτε", "订阅", "订阅我们", "購読", "登録する", "メルマガ登録", "구독", "اشترك", "اشترك الآن", "abone ol",
    ]),
    (Newsletter, Start(40), &[
        "subscribe to our", "subscribe to the", "sign up for our", "sign up for the", "sign up to our", "sign up to receive", "sign up here", "join our newsletter", "join our mailing", "get our newsletter", "get our free", "get the latest news", "get the best of", "enter your email", "you have successfully subscribed", "you can unsubscribe", "by signing up", "by subscribing", "by clicking subscribe", "by submitting", "don't miss a story", "never miss", "abonnieren sie unseren", "abonnieren sie den", "melden sie sich für unseren", "melde dich für unseren", "jetzt unseren newsletter", "jetzt newsletter", "inscrivez-vous à", "abonnez-vous à", "recevez notre", "recevez la newsletter", "suscríbete a", "suscríbase a", "recibe nuestro", "recibe las", "recibe en tu", "iscriviti alla", "iscriviti al", "ricevi la newsletter", "assine nossa", "assine a nossa", "assine o", "receba nossa", "receba as", "inscreva-se na", "inscreva-se em", "zapisz się na", "zapisz się do", "dołącz do newslettera", "подпишитесь на нашу", "подпишитесь на рассылку", "подписывайтесь на", "εγγραφείτε στο", "schrijf je in", "订阅我们的", "اشترك في",
    ]),
    (Cookies, Start(60), &[
        "we use cookies", "this site uses cookies", "this website uses cookies", "our site uses cookies", "our website uses cookies", "we and our partners", "by continuing to use", "by using this site", "cookie settings", "cookie preferences", "manage cookies", "accept all", "accept cookies", "reject all", "wir verwenden cookies", "wir nutzen cookies", "diese website verwendet cookies", "diese website nutzt cookies", "diese seite verwendet cookies", "wir und unsere partner", "cookie-einstellungen", "alle akzeptieren", "alle ablehnen", "nous utilisons des cookies", "ce site utilise des cookies", "nous et nos partenaires", "en poursuivant votre navigation", "tout accepter", "tout refuser", "utilizamos cookies", "usamos cookies", "este sitio utiliza cookies", "este sitio web utiliza cookies", "aceptar todo", "aceptar cookies", "utilizziamo i cookie", "questo sito utilizza", "questo sito usa i cookie", "accetta tutti", "este site utiliza cookies", "este site usa cookies", "nós usamos cookies", "aceitar todos", "ta strona używa", "ta strona korzysta z", "używamy plików cookie", "ta witryna używa", "korzystamy z plików cookie", "akceptuję", "мы используем файлы cookie", "мы используем cookie", "этот сайт использует", "наш сайт использует", "продолжая использовать", "принять все", "αυτός ο ιστότοπος χρησιμοποιεί cookies", "χρησιμοποιούμε cookies", "αποδοχή όλων", "wij gebruiken cookies", "deze website gebruikt cookies", "vi använder cookies", "我们使用cookie", "本网站使用cookie", "当サイトではcookie", "このサイトはcookie", "نستخدم ملفات تعريف الارتباط",
    ]),
    (Advert, Whole, &[
        "advertisement", "advertisements", "advertising", "ad", "ads", "sponsored", "sponsored content", "promoted", "continue reading below", "story continues below", "article continues below", "scroll to continue", "scroll to continue reading", "advertisement. scroll to continue reading", "anzeige", "werbung", "publicité", "annonce", "publicidad", "anuncio", "pubblicità", "annuncio", "publicidade", "anúncio", "reklama", "advertentie", "reklam", "annons", "mainos", "hirdetés", "publicitate", "реклама", "на правах рекламы", "διαφήμιση", "广告", "廣告", "広告", "スポンサーリンク", "광고", "إعلان", "اعلان", "פרסומת", "quảng cáo", "iklan", "exit mobile version", "remove ads", "skip ad", "skip advertisement", "mobile version beenden", "quitter la version mobile", "salir de la versión móvil", "sair da versão mobile", "esci dalla versione mobile", "zamknij wersję mobilną",
    ]),
    (Advert, Start(10), &[
        "advertisement", "article continues after", "article continues below", "story continues", "continues below", "sponsored by", "scroll to continue", "continue reading", "this post may contain affiliate", "paid content", "lesen sie nach der anzeige", "la suite après", "la suite de votre", "continúa después", "sigue leyendo", "continua após", "continua dopo", "dalsza część artykułu", "ciąg dalszy pod", "продолжение после рекламы", "η συνέχεια μετά", "文章继续",
    ]),
    (Byline, Start(12), &[
        "published on", "published by", "published:", "published ", "posted on", "posted by", "posted in", "posted ", "updated on", "last updated", "last modified", "updated:", "written by", "by:", "reviewed by", "edited by", "medically reviewed", "fact checked", "reading time", "estimated reading", "min read", "minutes read", "image credit", "photo credit", "veröffentlicht am", "veröffentlicht:", "aktualisiert am", "aktualisiert:", "stand:", "geschrieben von", "lesezeit", "lesedauer", "erstellt am", "publié le", "publié par", "mis à jour le", "écrit par", "rédigé par", "temps de lecture", "publicado el", "publicado por", "publicado en", "actualizado el", "escrito por", "tiempo de lectura", "pubblicato il", "pubblicato da", "pubblicato:", "aggiornato il", "ultimo aggiornamento", "scritto da", "tempo di lettura", "publicado em", "atualizado em", "por redação", "tempo de leitura", "opublikowano", "data publikacji", "aktualizacja", "czas czytania", "opublikowany", "dodano", "gepubliceerd op", "geplaatst op", "bijgewerkt", "publicerad", "uppdaterad", "publisert", "publikováno", "опубликовано", "опубликована", "дата публикации", "обновлено", "автор:", "время чтения", "просмотров", "опубліковано", "публикувано", "δημοσιεύτηκε", "δημοσιεύθηκε", "δημοσίευση", "ενημερώθηκε", "τελευταία ενημέρωση", "χρόνος ανάγνωσης", "συντάκτης", "发布时间", "发布日期", "发表于", "更新时间", "更新于", "来源:", "来源：", "作者:", "作者：", "编辑:", "责任编辑", "责任编辑：", "記者", "公開日", "更新日", "投稿日", "作成日", "投稿者", "입력", "등록", "수정", "نشر في", "تاريخ النشر", "آخر تحديث", "yayınlanma", "güncelleme", "diterbitkan",
    ]),
    (Tags, Start(30), &[
        "tags:", "tags ", "tagged", "filed under", "categories:", "category:", "topics:", "keywords:", "more about:", "posted in", "schlagwörter", "schlagworte", "stichworte", "themen:", "kategorien:", "kategorie:", "mots-clés", "mots clés", "catégories :", "catégorie :", "catégories:", "étiquettes", "etiquetas", "categorías:", "categoría:", "temas:", "archivado en", "categorie:", "argomenti:", "tag:", "etichette", "categorias:", "assuntos:", "marcadores", "tagi:", "tagi", "kategorie", "słowa kluczowe", "теги:", "теги", "метки:", "метки", "рубрики:", "рубрика:", "ετικέτες", "κατηγορίες", "κατηγορία:", "标签:", "标签：", "标签", "关键词:", "关键词：", "关键字", "分类:", "タグ:", "タグ：", "カテゴリー", "カテゴリ", "태그", "وسوم", "الكلمات المفتاحية", "etiketler", "etiket:",
    ]),
    (Tags, Whole, &["tags", "tag", "topics", "categories", "themen", "étiquettes", "tag correlati", "temas", "assuntos", "タグ"]),
    (Navigation, Whole, &[
        "home", "homepage", "menu", "search", "skip to content", "skip to main content", "skip to navigation", "skip links", "back to top", "top", "to top", "back", "next", "previous", "prev", "next post", "previous post", "next article", "previous article", "older posts", "newer posts", "close", "open", "more", "show more", "load more", "view all", "see all", "view more", "all news", "contact", "contact us", "about", "about us", "site map", "sitemap", "archives", "archive", "categories", "quick links", "navigation", "toggle navigation", "main menu", "breadcrumb", "you are here", "go to top", "scroll to top", "table of contents", "startseite", "suche", "suchen", "zum inhalt springen", "zum inhalt", "nach oben", "zurück", "weiter", "schließen", "menü", "kontakt", "über uns", "mehr", "alle anzeigen", "accueil", "rechercher", "aller au contenu", "haut de page", "retour", "suivant", "précédent", "fermer", "à propos", "voir plus", "voir tout", "inicio", "buscar", "saltar al contenido", "ir al contenido", "volver arriba", "siguiente", "anterior", "cerrar", "contacto", "ver más", "ver todo", "cerca", "vai al contenuto", "torna su", "successivo", "precedente", "chiudi", "contatti", "chi siamo", "início", "pesquisar", "pular para o conteúdo", "ir para o conteúdo", "voltar ao topo", "próximo", "fechar", "contato", "sobre nós", "字体", "字号", "字体大小", "大中小", "纠错", "ver mais", "strona główna", "szukaj", "przejdź do treści", "do góry", "następny", "poprzedni", "zamknij", "o nas", "więcej", "главная", "поиск", "меню", "наверх", "назад", "вперед", "закрыть", "контакты", "о нас", "показать еще", "перейти к содержимому", "αρχική", "αρχική σελίδα", "αναζήτηση", "μενού", "επόμενο", "προηγούμενο", "επικοινωνία", "μετάβαση στο περιεχόμενο", "κλείσιμο", "首页", "搜索", "返回首页", "返回顶部", "关闭", "关闭窗口", "导航", "下一页", "上一页", "联系我们", "关于我们", "ホーム", "検索", "トップ", "ページトップへ", "メニュー", "次へ", "前へ", "お問い合わせ", "コンテンツへスキップ", "홈", "검색", "الرئيسية", "بحث", "القائمة", "ana sayfa",
    ]),
    (Account, Whole, &[
        "log in", "login", "sign in", "log out", "register", "create account", "create an account", "my account", "forgot password", "forgot your password", "anmelden", "einloggen", "registrieren", "passwort vergessen", "se connecter", "connexion", "s'inscrire", "mot de passe oublié", "iniciar sesión", "registrarse", "acceder", "accedi", "registrati", "entrar", "cadastre-se", "zaloguj się", "zaloguj", "zarejestruj się", "войти", "вход", "регистрация", "σύνδεση", "είσοδος", "登录", "注册", "ログイン", "新規登録", "로그인", "تسجيل الدخول", "giriş yap", "add to cart", "add to basket", "in den warenkorb", "ajouter au panier", "añadir al carrito", "wishlist", "checkout",
    ]),
    (Legal, Start(40), &["all rights reserved", "alle rechte vorbehalten", "tous droits réservés", "todos los derechos reservados", "tutti i diritti riservati", "todos os direitos reservados", "wszelkie prawa zastrzeżone", "wszystkie prawa zastrzeżone", "все права защищены", "με επιφύλαξη παντός", "版权所有", "copyright ©", "© 20", "© 19", "(c) 20"]),
    (Legal, Within(30), &["all rights reserved", "alle rechte vorbehalten", "tous droits réservés", "todos los derechos reservados", "tutti i diritti riservati", "todos os direitos reservados", "wszelkie prawa zastrzeżone", "все права защищены", "版权所有", "all right reserved"]),
    (Legal, Whole, &["privacy policy", "terms of use", "terms of service", "terms and conditions", "cookie policy", "privacy", "disclaimer", "legal notice", "datenschutz", "datenschutzerklärung", "impressum", "agb", "mentions légales", "politique de confidentialité", "aviso legal", "política de privacidad", "política de privacidade", "termos de uso", "polityka prywatności", "regulamin", "политика конфиденциальности", "πολιτική απορρήτου", "όροι χρήσης", "隐私政策", "プライバシーポリシー", "利用規約"]),
    (Byline, Start(5), &[
        "joined:", "registered:", "member since", "posts:", "post by", "postby", "messages:", "registriert:", "beiträge:", "inscrit le", "сообщения:", "зарегистрирован:", "регистрация:",
    ]),
    (Byline, Start(8), &["postby", "post by", "責任编辑", "责任编辑"]),
    (Comments, Within(24), &["your email address will not be published", "required fields are marked"]),
];

/// The longest text that is looked at, in bytes.
const TEXT_MAX: usize = 420;

/// What set phrase a block's text is, if any.
pub(crate) fn chrome(text: &str) -> Option<Chrome> {
    if text.len() > TEXT_MAX {
        return None;
    }
    let folded = fold(text);
    if folded.is_empty() {
        return None;
    }
    INDEX.whole.get(folded.as_str()).copied().or_else(|| announced(&folded)).or_else(|| {
        let words = folded.split(' ').count().max(folded.chars().filter(|c| crate::blocks::is_ideograph(*c)).count() / 2);
        let begins = INDEX.start.get(&first_chars(&folded)).and_then(|phrases| {
            phrases.iter().find(|(phrase, most, _)| words <= *most && begins_with(&folded, phrase)).map(|(_, _, chrome)| *chrome)
        });
        begins.or_else(|| {
            INDEX.within.iter().find(|(phrase, most, _)| words <= *most && folded.contains(phrase)).map(|(_, _, chrome)| *chrome)
        })
    })
}

/// An advertisement announced in the first of a few short sentences ("Advertisement. Scroll to continue reading.").
fn announced(folded: &str) -> Option<Chrome> {
    let (first, _) = folded.split_once(['.', ':', '。', '：', '-', '–', '—'])?;
    let known = INDEX.whole.get(first.trim()).copied().filter(|chrome| *chrome == Advert);
    known.filter(|_| folded.split(' ').count() <= 8)
}

/// Whether a text begins with a phrase, and the phrase ends where a word does (or the script sets none apart).
fn begins_with(text: &str, phrase: &str) -> bool {
    let Some(rest) = text.strip_prefix(phrase) else { return false };
    let ends_word = phrase.chars().last().is_none_or(|c| !c.is_alphanumeric() || crate::blocks::is_ideograph(c));
    ends_word || rest.chars().next().is_none_or(|c| !c.is_alphanumeric())
}

fn first_chars(text: &str) -> String {
    text.chars().take(2).collect()
}

/// Lower case, single spaces, and no signs at either end (a colon that ends a phrase says something and stays).
fn fold(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut folded = String::with_capacity(lower.len());
    crate::blocks::fold_into(&mut folded, &lower);
    let ends = |c: char| !c.is_alphanumeric() && c != ':' && c != '：' && c != '©' && c != '(';
    let trimmed = folded.trim_matches(ends);
    if INDEX.whole.contains_key(trimmed) { trimmed.to_owned() } else { without_last_colon(trimmed).to_owned() }
}

/// A lone label keeps no colon, so that "Share:" is "share".
fn without_last_colon(text: &str) -> &str {
    let bare = text.trim_end_matches([':', '：', ' ']);
    if INDEX.whole.contains_key(bare) { bare } else { text }
}

struct Index {
    whole: std::collections::HashMap<&'static str, Chrome>,
    start: std::collections::HashMap<String, Vec<(&'static str, usize, Chrome)>>,
    within: Vec<(&'static str, usize, Chrome)>,
}

static INDEX: std::sync::LazyLock<Index> = std::sync::LazyLock::new(|| {
    let mut index = Index { whole: std::collections::HashMap::new(), start: std::collections::HashMap::new(), within: Vec::new() };
    for (chrome, how, phrases) in TABLE {
        for phrase in *phrases {
            match how {
                Whole => {
                    index.whole.entry(phrase).or_insert(*chrome);
                }
                Start(most) => index.start.entry(first_chars(phrase)).or_default().push((phrase, *most, *chrome)),
                Within(most) => index.within.push((phrase, *most, *chrome)),
            }
        }
    }
    index
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_theme_phrases_are_known_in_their_languages() {
        for (text, chrome_kind) in [
            ("Leave a Reply", Comments),
            ("Your email address will not be published. Required fields are marked *", Comments),
            ("Published on 3 May 2024", Byline),
            ("ADVERTISEMENT. SCROLL TO CONTINUE READING.", Advert),
            ("Exit mobile version", Advert),
            ("Das könnte Sie auch interessieren:", Related),
            ("Читайте также", Related),
            ("相关阅读", Related),
            ("Condividi:", Share),
            ("Wir verwenden Cookies, um Inhalte zu personalisieren.", Cookies),
        ] {
            assert_eq!(chrome(text), Some(chrome_kind), "{text}");
        }
    }

    #[test]
    fn sentences_that_only_begin_alike_are_no_chrome() {
        for text in ["Publishedness is no word.", "Sharing a kitchen with six others taught her to cook.", "The comments were kind."] {
            assert_eq!(chrome(text), None, "{text}");
        }
    }
}
