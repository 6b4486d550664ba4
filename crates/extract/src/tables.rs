//! Tables: whether one holds data or only lays a page out, and the cells of its rows set out as a grid, with those that
//! reach over others.

use crate::article::{Block, Inline, Span};
use crate::blocks::Page;
use crate::walk::{self, Step};

/// No grid is wider; what lies beyond keeps its place but reaches over nothing.
const COLUMNS_MAX: usize = 200;
/// No more empty places than this are made for cells that reach over others: a few bytes of HTML can ask for millions.
const FILLED_MAX: usize = 100_000;
/// No cell reaches over more rows.
const ROWS_MAX: usize = 1_000;

/// A cell as the page has it.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    pub(crate) header: bool,
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    pub(crate) text: Vec<Inline>,
}

/// A row as the page has it.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// Whether it stands in `<thead>`.
    pub(crate) head: bool,
    pub(crate) cells: Vec<Cell>,
}

/// How far a cell reaches, from the value of `colspan` or `rowspan`.
pub(crate) fn reach(value: Option<&str>) -> usize {
    value.and_then(|value| value.trim().parse().ok()).filter(|reach| *reach >= 1).unwrap_or(1)
}

/// A cell's place in the grid.
struct Place {
    text: Vec<Inline>,
    header: bool,
}

/// The table of these rows; `None` where they hold nothing.
pub(crate) fn table(caption: Vec<Inline>, rows: Vec<Row>) -> Option<Block> {
    let mut heads: Vec<bool> = rows.iter().map(|row| row.head).collect();
    let (mut grid, spans) = grid(rows);
    let spans = drop_blank(&mut grid, &mut heads, &spans);
    if grid.is_empty() {
        return None;
    }
    let is_header = |at: usize| heads[at] || grid[at].iter().all(|place| place.header);
    let mut header_rows = (0..grid.len()).take_while(|row| is_header(*row)).count();
    if header_rows == grid.len() && !heads.iter().all(|head| *head) {
        header_rows = 1;
    }
    let width = grid.iter().map(Vec::len).max().unwrap_or(0);
    let body = &grid[header_rows..];
    let heads_rows = |column: &usize| body.iter().all(|row| row.get(*column).is_some_and(|place| place.header));
    let last = if body.is_empty() { 0 } else { width.saturating_sub(1) };
    let header_columns = (0..last).take_while(heads_rows).count();
    let rows = grid.into_iter().map(|row| row.into_iter().map(|place| place.text).collect()).collect();
    Some(Block::Table { caption, header_rows, header_columns, spans, rows })
}

/// Leaves out the rows that hold nothing, and gives the spans as they are then.
fn drop_blank(grid: &mut Vec<Vec<Place>>, heads: &mut Vec<bool>, spans: &[Span]) -> Vec<Span> {
    let kept: Vec<bool> = grid.iter().map(|row| row.iter().any(|place| !place.text.is_empty())).collect();
    let mut before = vec![0];
    for (at, kept) in kept.iter().enumerate() {
        before.push(before[at] + usize::from(*kept));
    }
    let spans = spans.iter().filter(|span| kept[span.row]).map(|span| {
        let rows = before[span.row + span.rows] - before[span.row];
        Span { row: before[span.row], rows, ..*span }
    });
    let spans = spans.filter(|span| span.rows > 1 || span.columns > 1).collect();
    let mut at = 0;
    grid.retain(|_| {
        at += 1;
        kept[at - 1]
    });
    at = 0;
    heads.retain(|_| {
        at += 1;
        kept[at - 1]
    });
    spans
}

/// Sets cells out as HTML does: each takes the first free place of its row, and covers those it reaches over.
fn grid(rows: Vec<Row>) -> (Vec<Vec<Place>>, Vec<Span>) {
    let count = rows.len();
    let mut sheet = Sheet { spans: Vec::new(), covered: Vec::new(), left: FILLED_MAX };
    let grid = rows.into_iter().enumerate().map(|(at, row)| sheet.row(at, row.cells, count)).collect();
    (grid, sheet.spans)
}

/// A grid that is being filled row by row.
struct Sheet {
    spans: Vec<Span>,
    /// For each column: how many rows are covered from above still, and whether by a header.
    covered: Vec<(usize, bool)>,
    /// How many empty places may still be made.
    left: usize,
}

impl Sheet {
    fn row(&mut self, at: usize, cells: Vec<Cell>, count: usize) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        let mut fresh = vec![false; self.covered.len()];
        for cell in cells {
            self.skip_covered(&mut places, &fresh);
            let column = places.len();
            let free = COLUMNS_MAX.saturating_sub(column);
            let columns = cell.columns.min(free).min(self.left).max(1);
            let rows = if column < COLUMNS_MAX { cell.rows.min(ROWS_MAX).min(count - at) } else { 1 };
            if columns > 1 || rows > 1 {
                self.spans.push(Span { row: at, column, rows, columns });
                if self.covered.len() < column + columns {
                    self.covered.resize(column + columns, (0, false));
                    fresh.resize(column + columns, false);
                }
                self.covered[column..column + columns].fill((rows - 1, cell.header));
                fresh[column..column + columns].fill(true);
            }
            self.left -= columns - 1;
            places.push(Place { text: cell.text, header: cell.header });
            places.extend((1..columns).map(|_| Place { text: Vec::new(), header: cell.header }));
        }
        self.skip_covered(&mut places, &fresh);
        places
    }

    /// Fills the places that cells above reach over.
    fn skip_covered(&mut self, places: &mut Vec<Place>, fresh: &[bool]) {
        while let Some((left, header)) = self.covered.get_mut(places.len()) {
            if *left == 0 || self.left == 0 || fresh.get(places.len()).copied().unwrap_or(false) {
                return;
            }
            *left -= 1;
            self.left -= 1;
            places.push(Place { text: Vec::new(), header: *header });
        }
    }
}

/// Whether the table that begins at step `at` holds data: no other table, no headings, no long cells, at least two columns.
pub(crate) fn is_data(page: &Page<'_>, at: usize) -> bool {
    let (mut depth, mut cells, mut rows, mut paragraphs) = (0usize, 0usize, 0usize, 0usize);
    let mut widest = 0;
    let mut in_row = 0;
    let mut headers = 0usize;
    let mut code = 0usize;
    for step in &page.steps[at..] {
        match *step {
            Step::Open(id) => {
                depth += 1;
                match walk::name_of(page.tree, id) {
                    "table" if depth > 1 => return false,
                    "table" => {
                        let role = walk::attr_of(page.tree, id, "role").unwrap_or("");
                        if role == "presentation" || role == "none" {
                            return false;
                        }
                    }
                    "tr" => {
                        rows += 1;
                        in_row = 0;
                    }
                    name @ ("td" | "th") => {
                        headers += usize::from(name == "th");
                        cells += 1;
                        in_row += reach(walk::attr_of(page.tree, id, "colspan")).min(COLUMNS_MAX);
                        widest = widest.max(in_row);
                    }
                    "form" | "article" | "section" | "aside" | "nav" | "h1" | "h2" => return false,
                    "pre" | "blockquote" => code += 1,
                    "p" => paragraphs += 1,
                    _ => {}
                }
            }
            Step::Close(_) => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            _ => {}
        }
    }
    let listing = code > 0 && headers == 0;
    widest >= 2 && rows >= 1 && (headers > 0 || rows > 1) && paragraphs <= 2 * cells && !listing
}
