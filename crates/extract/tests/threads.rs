//! In a forum the posts are the content; below an article they are comments, kept apart and only when asked for.

#![allow(clippy::unwrap_used)]

use chaffinch_extract::{Article, Context, Options, extract, render};
use url::Url;

fn read(page: &str, url: &str) -> Article {
    let url = Url::parse(url).unwrap();
    let context = Context { url: Some(&url), ..Context::default() };
    extract(page.as_bytes(), &context, &Options { comments: true, ..Options::default() }).unwrap()
}

const POSTS: [&str; 4] = [
    "My dough does not rise when the kitchen is cold. I have tried a longer rest, warmer water and twice the leaven, and the \
     loaf is still as flat as a plate. What do you do in winter, short of heating the whole house?",
    "Put it into the oven with only the lamp on. Mine keeps twenty-six degrees that way, and the dough needs four hours rather \
     than nine. Do not forget it there when you heat the oven, as I did in January.",
    "I leave mine on top of the boiler, wrapped in a towel. It takes some trying to find the right spot, but it costs nothing \
     and the crumb is as open as in July. A thermometer helps more than any recipe.",
    "The lamp did it. Four and a half hours, and the loaf sprang like never before. I will try the boiler next week, and report \
     here how the two compare. Thank you both for your patience with a beginner.",
];

/// Writes a post from its place, writer and text.
type Post = fn(usize, &str, &str) -> String;

/// A page of posts, each made by `post` from its place, writer and text.
fn thread(head: &str, post: impl Fn(usize, &str, &str) -> String, foot: &str) -> String {
    let names = ["crustacean", "ovenbird", "boilermaker", "crustacean"];
    let posts: String = POSTS.iter().zip(names).enumerate().map(|(at, (text, name))| post(at, name, text)).collect();
    format!("{head}{posts}{foot}")
}

/// The shapes of forums and of questions with answers, with their addresses.
#[allow(clippy::too_many_lines, reason = "one page of each shape")]
fn threads() -> Vec<(&'static str, &'static str, String)> {
    vec![
        (
            "a board of old",
            "https://bread.example/forum/viewtopic.php?f=2&t=311",
            thread(
                "<title>Cold kitchen - Bread Board</title><body id=phpbb class='section-viewtopic ltr'><ul class=navlinks><li>\
                 <a href=/>Board index</a></ul><h2 class=topic-title><a href=#>Cold kitchen</a></h2>",
                |at, name, text| {
                    format!(
                        "<div id=p{at} class='post has-profile bg2'><div class=inner><dl class=postprofile><dt><a \
                         class=username href=/u>{name}</a><dd class=profile-posts><strong>Posts:</strong> <a href=/s>12</a>\
                         </dl><div class=postbody><p class=author>by <a class=username href=/u>{name}</a> » <time>Mon Jan 0{at}, \
                         2024 8:1{at} pm</time></p><div class=content>{text}</div></div></div></div>"
                    )
                },
                "<div class=copyright>Powered by software</div>",
            ),
        ),
        (
            "a board of today",
            "https://bread.example/threads/cold-kitchen.311/",
            thread(
                "<title>Cold kitchen | Bread Board</title><body data-template=thread_view><h1 class=p-title-value>Cold kitchen\
                 </h1><div class=block-body>",
                |at, name, text| {
                    format!(
                        "<article class='message message--post' data-author={name}><div class=message-user><h4 \
                         class=message-name><a href=/m>{name}</a></h4><h5 class=userTitle>Well-known member</h5></div>\
                         <header class=message-attribution><time>Jan {at}, 2024</time> <a href=#>#{at}</a></header>\
                         <div class='message-body'><div class=bbWrapper>{text}</div></div></article>"
                    )
                },
                "</div><footer>Forum software</footer>",
            ),
        ),
        (
            "a thread for readers without scripts",
            "https://talk.bread.example/t/cold-kitchen/311",
            thread(
                "<title>Cold kitchen - Bread Talk</title><meta name=generator content='Discourse 3.2'><noscript>\
                 <div id=main-outlet class=wrap><h1><a href=#>Cold kitchen</a></h1>",
                |at, name, text| {
                    format!(
                        "<div id=post_{at} itemscope itemtype=http://schema.org/DiscussionForumPosting class='topic-body \
                         crawler-post'><div class=crawler-post-meta><span class=creator><a href=/u/{name}>{name}</a></span>\
                         <span class=crawler-post-infos><time>January {at}, 2024</time></span></div><div class=post \
                         itemprop=text><p>{text}</p></div><div class=crawler-post-likes>{at} Likes</div></div>"
                    )
                },
                "</div></noscript>",
            ),
        ),
        (
            "a question with answers",
            "https://baking.example/questions/311/cold-kitchen",
            thread(
                "<title>How do I prove dough in a cold kitchen? - Baking</title><body class='question-page unified-theme'>\
                 <h1><a class=question-hyperlink href=#>How do I prove dough in a cold kitchen?</a></h1><div id=mainbar>",
                |at, name, text| {
                    let class = if at == 0 { "question" } else { "answer" };
                    format!(
                        "<div class={class}><div class=votecell><div class=js-vote-count>{at}</div></div><div \
                         class=postcell><div class='s-prose js-post-body' itemprop=text><p>{text}</p></div><div \
                         class=user-info><div class=user-action-time>answered <span>Jan {at} at 9:30</span></div>\
                         <div class=user-details><a href=/u>{name}</a></div></div></div></div>"
                    )
                },
                "</div>",
            ),
        ),
        (
            "a tree of replies in tables",
            "https://news.example/item?id=311",
            thread(
                "<title>Proving dough in the cold | News</title><table id=hnmain><tr class=athing><td class=title><span \
                 class=titleline><a href=/x>Proving dough in the cold</a></span></td></tr></table><table class=comment-tree>",
                |at, name, text| {
                    format!(
                        "<tr class='athing comtr' id={at}><td><table><tr><td class=ind></td><td class=default><div><span \
                         class=comhead><a class=hnuser href=/u>{name}</a> <span class=age>{at} hours ago</span></span></div>\
                         <div class=comment><div class='commtext c00'>{text}</div></div></td></tr></table></td></tr>"
                    )
                },
                "</table>",
            ),
        ),
        (
            "a tree of replies in divisions",
            "https://old.talk.example/r/bread/comments/x311/cold_kitchen/",
            thread(
                "<title>Cold kitchen : bread</title><body class='listing-page comments-page'><div class=content role=main>\
                 <div id=siteTable class='sitetable linklisting'><p class=title><a class=title href=#>Cold kitchen</a></p></div>\
                 <div class=commentarea><div class='sitetable nestedlisting'>",
                |at, name, text| {
                    format!(
                        "<div class='thing comment noncollapsed'><div class=entry><p class=tagline><a class=author \
                         href=/u>{name}</a> <span class=score>{at} points</span> <time>{at} hours ago</time></p><form \
                         class='usertext'><div class='usertext-body md-container'><div class=md><p>{text}</p></div></div>\
                         </form><ul class='flat-list buttons'><li><a href=#>permalink</a><li><a href=#>reply</a></ul></div></div>"
                    )
                },
                "</div></div></div>",
            ),
        ),
    ]
}

#[test]
fn in_a_forum_the_posts_are_the_content() {
    for (name, url, page) in threads() {
        let article = read(&page, url);
        let text = article.text();
        for post in POSTS {
            assert!(text.contains(&post[..40]), "{name}: {post}\n{text}");
        }
    }
}

const ARTICLE: &str = "<p>A cold kitchen is the commonest reason for flat bread in winter, and the one that recipes never \
     mention. Yeast slows by half for every eight degrees, so a dough that rises in four hours in July wants nine in January, and \
     by then the flour has given up.</p><p>The remedy is older than the thermometer. Bakers kept their leaven under the bench, \
     beside the flue, or took it to bed. What matters is not how warm the place is but that it stays as warm as it was.</p>\
     <p>An oven with its lamp on holds twenty-six degrees. A boiler holds more, and has to be tried. A sunny window is the worst \
     of all, since it is hot at noon and cold at four, and the dough remembers both.</p><p>Whoever has none of these can give the \
     dough time instead. A night in the pantry at twelve degrees does what four hours beside the stove do, and the loaf tastes of \
     more. Take a third of the leaven, mix after supper, fold once before bed, and shape it in the morning while the oven heats. \
     It asks for no attention at all, which is more than can be said of a boiler.</p><p>Flour matters as well. Wheat that was \
     milled in autumn drinks more water than the same wheat in spring, and a stiff dough rises late in any kitchen. Hold back a \
     tenth of the flour, look at the dough after half an hour, and add what it asks for. Write down what you did. Next winter you \
     will have forgotten, and the kitchen will be as cold as it was.</p>";

#[test]
fn below_an_article_posts_are_comments_and_kept_apart() {
    let themes: [(&str, &str, Post, &str); 2] = [
        (
            "a list of comments",
            "<div id=comments class=comments-area><h2 class=comments-title>4 thoughts on “Flat bread”</h2><ol class=comment-list>",
            |at, name, text| {
                format!(
                    "<li id=comment-{at} class='comment even depth-1'><article class=comment-body><footer class=comment-meta><div \
                     class='comment-author vcard'><b class=fn>{name}</b> <span class=says>says:</span></div><div \
                     class=comment-metadata><a href=#><time>January {at}, 2024 at 8:10 am</time></a></div></footer><div \
                     class=comment-content><p>{text}</p></div><div class=reply><a href=#>Reply</a></div></article>"
                )
            },
            "</ol><div id=respond class=comment-respond><h3>Leave a Reply</h3><form><p>Your email address will not be \
             published. Required fields are marked *</p><label>Comment</label></form></div></div>",
        ),
        (
            "a section of comments",
            "<section class=post-comments><h3>Comments</h3>",
            |at, name, text| {
                format!(
                    "<div class=comment-item><div class=comment-header><span class=comment-author>{name}</span> <time>0{at}.01.2024\
                     </time></div><div class=comment-text>{text}</div></div>"
                )
            },
            "</section>",
        ),
    ];
    for (name, head, post, foot) in themes {
        let comments = thread(head, post, foot);
        let page = format!(
            "<title>Flat bread - The Post</title><body class='single single-post'><main><article class=post><h1>Flat bread</h1>\
             <div class=entry-content>{ARTICLE}</div></article>{comments}</main>"
        );
        let article = read(&page, "https://post.example/2024/01/flat-bread/");
        let (text, kept) = (article.text(), render::text(&article.comments));
        assert!(text.contains("commonest reason for flat bread"), "{name}: {text}");
        for post in POSTS {
            assert!(!text.contains(&post[..40]), "{name}: {post}\n{text}");
            assert!(kept.contains(&post[..40]), "{name}: {post}\n{kept}");
        }
        for chrome in ["ovenbird", "says:", "Leave a Reply", "Required fields"] {
            assert!(!text.contains(chrome) && !kept.contains(chrome), "{name}: {chrome}\n{text}\n---\n{kept}");
        }
    }
}
