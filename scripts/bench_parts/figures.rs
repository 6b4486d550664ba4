//! Numbers in tables: medians, percentiles, and Markdown. It does not know what is counted.

/// The middle of some figures; of two in the middle the lower.
pub fn median(figures: &[f64]) -> f64 {
    percentile(figures, 0.5)
}

/// The figure below which this share lies.
pub fn percentile(figures: &[f64], share: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share) as usize).copied().unwrap_or(f64::NAN)
}

/// The middle, and between what they lie: `41 (38 to 44)`; one figure stands alone.
pub fn range(figures: &[f64]) -> String {
    let middle = number(median(figures));
    if figures.len() < 2 {
        return middle;
    }
    let (low, high) = (percentile(figures, 0.0), percentile(figures, 1.0));
    format!("{middle} ({} to {})", number(low), number(high))
}

/// Three digits that count; thousands apart.
pub fn number(figure: f64) -> String {
    if !figure.is_finite() {
        return "–".to_owned();
    }
    let digits = if figure.abs() < 0.0995 {
        3
    } else if figure.abs() < 9.95 {
        2
    } else {
        usize::from(figure.abs() < 99.5)
    };
    let text = format!("{figure:.digits$}");
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let mut grouped = String::new();
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && (whole.len() - n).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    rest.map_or(grouped.clone(), |rest| format!("{grouped}.{rest}"))
}

/// Prints a table.
pub fn table(title: &str, head: &[&str], rows: &[Vec<String>]) {
    println!("### {title}\n");
    println!("| {} |", head.join(" | "));
    println!("|{}", " --- |".repeat(head.len()));
    for row in rows {
        println!("| {} |", row.join(" | "));
    }
    println!();
}

/// Says aloud what is not measured.
pub fn skipped(what: &str, why: &str) {
    println!("SKIPPED: {what}: {why}\n");
}
