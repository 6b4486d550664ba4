//! Makes the general dictionary of text that we wrote and of heads of records; `scripts/train dictionary` runs it. It prints the
//! frame that `src/store/general.dict` holds.

use std::io::Write;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let frame = chaffinch::store::general::make().to_frame()?;
    std::io::stdout().write_all(&frame)?;
    Ok(())
}
