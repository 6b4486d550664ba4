//! What the Gazette prints. All of it is invented. Titles and summaries hold no character that HTML or XML would escape.

/// One story.
pub struct Article {
    /// The last segment of its address.
    pub slug: &'static str,
    pub title: &'static str,
    pub author: &'static str,
    pub section: &'static str,
    /// ISO 8601.
    pub published: &'static str,
    pub summary: &'static str,
    /// What stands under its picture.
    pub caption: &'static str,
    paragraphs: &'static [&'static str],
    /// A paragraph that the second edition replaces: its place and what stands there then.
    edit: Option<(usize, &'static str)>,
}

impl Article {
    /// The body as HTML, as that edition printed it.
    pub fn body(&self, edition: u32) -> String {
        let edited = |i: usize| self.edit.filter(|(place, _)| edition == 2 && *place == i).map(|(_, text)| text);
        let lines = self.paragraphs.iter().enumerate().map(|(i, text)| edited(i).unwrap_or(text));
        lines.map(|text| if text.starts_with('<') { format!("{text}\n") } else { format!("<p>{text}</p>\n") }).collect()
    }
}

/// Everything in print, the lead story first.
pub const ARTICLES: &[Article] = &[
    Article {
        slug: "mill-bridge",
        title: "Mill bridge to close for the summer",
        author: "Nell Ashdown",
        section: "News",
        published: "2026-03-02T07:30:00Z",
        summary: "Engineers want three months; the baker wants a boat.",
        caption: "The bridge in a good light.",
        paragraphs: &[
            "The old mill bridge will close on the first of June and stay closed for three months, the parish decided on Monday. Two of its five arches have moved by the width of a thumb since the winter, which is two thumbs more than a bridge is allowed.",
            "Until September the nearest crossing is at Lower Wick, four miles downstream. The school bus will leave twenty minutes earlier. The parish estimates the cost at 84,000 pounds, of which it has half.",
            "Nobody at the meeting doubted that the work was needed. What they doubted was the bus. \"My daughter is not awake at that hour,\" said a father in the second row. \"She is upright, but she is not awake.\"",
            "<h2>A ferry for bread</h2>",
            "The baker, whose oven is on one side and whose customers are on the other, has asked leave to run a rowing boat between six and eight in the morning. The parish has asked him to show that he can row.",
            "A demonstration is planned for Sunday after church. Spectators are asked to stand well back.",
        ],
        edit: Some((
            1,
            "Until October the nearest crossing is at Lower Wick, four miles downstream. The school bus will leave twenty minutes earlier. The parish now puts the cost at 97,000 pounds, of which it has less than half.",
        )),
    },
    Article {
        slug: "owl-census",
        title: "More owls than households, says owl census",
        author: "Piers Lovelace",
        section: "Nature",
        published: "2026-03-01T18:00:00Z",
        summary: "Volunteers counted 212 in three nights.",
        caption: "Where the counting began.",
        paragraphs: &[
            "There are 212 owls in the parish and 207 households, according to a count made over three windless nights in February. It is the first time that the owls have been ahead.",
            "Thirty-one volunteers sat on folding chairs, one to a field, and wrote down what they heard. Where two chairs heard the same owl it was counted once; where an owl was heard by nobody it was, the organisers admit, not counted at all.",
            "Tawny owls made up two thirds of the total. The rest were barn owls, apart from four little owls in the churchyard and one caller whom the ornithologist present identified as the curate.",
            "<blockquote><p>You learn to sit still. Then you learn that you had never sat still before.</p></blockquote>",
            "The count will be repeated next February. Volunteers are asked to bring a chair that does not creak.",
        ],
        edit: None,
    },
    Article {
        slug: "library-hours",
        title: "Library tries opening at night",
        author: "Nell Ashdown",
        section: "News",
        published: "2026-02-27T09:00:00Z",
        summary: "A trial for those who read when others sleep.",
        caption: "Closed, for the moment.",
        paragraphs: &[
            "From the middle of March the library in Well Lane will be open from nine in the evening until three in the morning, two nights a week, for anyone who cannot sleep or would rather not.",
            "The idea came from the night nurse, who has for years returned her books through the letter box at five and never once been able to choose new ones.",
            "There will be three rules:",
            "<ul><li>no telephones</li><li>no snoring in the reading room</li><li>whoever finishes the biscuits fetches more</li></ul>",
            "The trial runs until midsummer. If fewer than ten readers come on an average night it will end; if more than forty come, the librarian says, she will need a nap.",
        ],
        edit: None,
    },
    Article {
        slug: "cheese-race",
        title: "Cheese race won by spectator",
        author: "Ottoline Grieve",
        section: "Sport",
        published: "2026-02-24T16:45:00Z",
        summary: "The favourite fell at the gate; the postman was running late.",
        caption: "The course from above.",
        paragraphs: &[
            "This year's cheese race down Pound Hill was won by a man who was not in it. Dunstan Peake, the postman, was crossing the course with a parcel when the cheese came past, and by his own account he simply went along.",
            "The favourite, three times champion Greta Holm, fell at the second gate and finished ninth with a good grace and one shoe.",
            "The stewards met for an hour. The rules, which date from 1781, require a winner to be sober, to live in the parish, and to hold the cheese at the bottom of the hill. Mr Peake was all three. They say nothing of having entered.",
            "The parcel, a set of six glasses, was delivered at a quarter past four. Five were intact.",
        ],
        edit: None,
    },
    Article {
        slug: "frost-fair",
        title: "What the frost fair left behind",
        author: "Piers Lovelace",
        section: "Culture",
        published: "2026-02-20T08:15:00Z",
        summary: "A list of things found when the ice went.",
        caption: "The pond two days later.",
        paragraphs: &[
            "When the ice on the long pond broke up on Thursday, the things that the frost fair had left on it went to the bottom, and when the sluice was opened on Friday they came into view again.",
            "Among them were eleven gloves, none of them a pair; a trombone; two pairs of spectacles, one of which was claimed within the hour by a man who had to be led to it; and a signpost that says Ice Unsafe.",
            "The trombone belongs to the fire brigade's band, which had not noticed. \"We thought we sounded better,\" said the conductor.",
            "Everything that has not been claimed by Easter will be sold for the bridge.",
        ],
        edit: None,
    },
    Article {
        slug: "school-radio",
        title: "School radio drops the news, keeps the frogs",
        author: "Ottoline Grieve",
        section: "Education",
        published: "2026-02-16T12:00:00Z",
        summary: "Listeners had their say, and it was unanimous.",
        caption: "Studio and pond share a wall.",
        paragraphs: &[
            "After four weeks on the air the school's radio station has given up its news at noon and extended its most popular programme, ten minutes of the pond, to half an hour.",
            "The pond is heard through a microphone in a jam jar. In the first week there were ducks. In the second week there were frogs, and letters began to arrive.",
            "A retired judge wrote that he had not felt so well informed in years. A lorry driver asked whether the frogs could be moved to his own lunch hour, and they have been.",
            "The news will be read once more, on the last day of term, by request of its author's grandmother.",
        ],
        edit: None,
    },
    Article {
        slug: "clock-winder",
        title: "Wanted: someone to wind the clock",
        author: "Nell Ashdown",
        section: "Notices",
        published: "2026-02-11T10:20:00Z",
        summary: "Forty steps, twice a week, and a view.",
        caption: "The view in question.",
        paragraphs: &[
            "The parish is looking for a clock winder. The last one, Hob Venn, has retired after fifty-one years and some ten thousand ascents, and has asked that his successor be given a cushion.",
            "The work is forty steps up, ninety turns of a handle, and forty steps down, on Tuesdays and Saturdays. The clock loses a minute a week in winter and gains it back in summer, and Mr Venn advises leaving it to its own devices.",
            "The pay is what it was in 1974. There is, however, the view.",
            "Those who are interested should call on the parish clerk before the end of the month, at any hour that the clock says is reasonable.",
        ],
        edit: None,
    },
    Article {
        slug: "seed-swap",
        title: "Two hundred kinds of bean change hands",
        author: "Piers Lovelace",
        section: "Outdoors",
        published: "2026-02-08T14:00:00Z",
        summary: "The seed swap had its best year and its first scandal.",
        caption: "Fields awaiting beans.",
        paragraphs: &[
            "More than two hundred kinds of bean were exchanged at Saturday's seed swap in the village hall, along with potatoes, peas and one apple tree that arrived on a bicycle.",
            "The rule of the swap is that nothing is sold and nothing is weighed. A handful is a handful, though as several visitors observed, hands differ.",
            "The scandal concerned a jar marked Great-Uncle's Purple, which three people remembered growing as children and which turned out, under the lens of the schoolmistress, to be ordinary runner beans that had been dyed.",
            "No one was named. The jar has been put on the shelf in the hall, under the sign about washing up.",
        ],
        edit: None,
    },
];
