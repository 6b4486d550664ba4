use std::io::Read;
fn main() {
    let mut page = Vec::new();
    std::io::stdin().read_to_end(&mut page).unwrap();
    let url = url::Url::parse("https://example.org/a/story").ok();
    let c = chaffinch_extract::Context { url: url.as_ref(), content_type: None };
    print!("{}", chaffinch_extract::overlay(&page, &std::env::args().nth(1).unwrap(), &c, &chaffinch_extract::Options::default()).unwrap());
}
