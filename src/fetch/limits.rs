//! VALUE: how much of everything one exchange may cost. It does not know how a limit is kept, only what it is by default
//! and in which unit.

use std::time::Duration;

/// The budgets of one exchange. Where a body meets one of them, what came until then is kept and marked as cut; where no
/// header has come yet, or there are too many of them, it is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of body taken from the wire, still coded. Default: 67,108,864 (64 MiB).
    pub wire_bytes_max: u64,
    /// Bytes of body after undoing the content coding. Default: 67,108,864 (64 MiB).
    pub decoded_bytes_max: u64,
    /// Decoded bytes for each byte from the wire, once `ratio_free_bytes` are passed. Default: 200; honest pages stay
    /// below 100, DEFLATE cannot pass 1032.
    pub ratio_max: u64,
    /// Decoded bytes that need not keep the ratio. Default: 4,194,304 (4 MiB).
    pub ratio_free_bytes: u64,
    /// Milliseconds until a connection stands: name look-up, TCP and TLS. Default: 15,000.
    pub connect_ms_max: u64,
    /// Milliseconds from asking until all header fields of the answer are here, connecting included. Default: 30,000.
    pub first_byte_ms_max: u64,
    /// Milliseconds from asking until the last byte of the body. Default: 120,000.
    pub total_ms_max: u64,
    /// Bytes a second that a body must bring on average over each `throughput_window_ms`. Default: 64; 0 asks for none.
    pub bytes_per_second_min: u64,
    /// Milliseconds over which the throughput is measured. Default: 10,000.
    pub throughput_window_ms: u64,
    /// Header fields in an answer. Default: 256.
    pub header_count_max: usize,
    /// Bytes of names and values of all header fields in an answer. Default: 131,072 (128 KiB).
    pub header_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wire_bytes_max: 64 << 20,
            decoded_bytes_max: 64 << 20,
            ratio_max: 200,
            ratio_free_bytes: 4 << 20,
            connect_ms_max: 15_000,
            first_byte_ms_max: 30_000,
            total_ms_max: 120_000,
            bytes_per_second_min: 64,
            throughput_window_ms: 10_000,
            header_count_max: 256,
            header_bytes_max: 128 << 10,
        }
    }
}

impl Limits {
    /// The limit on connecting.
    pub fn connect(&self) -> Duration {
        Duration::from_millis(self.connect_ms_max)
    }

    /// The limit on waiting for the header of the answer; never longer than the whole exchange may take.
    pub fn first_byte(&self) -> Duration {
        Duration::from_millis(self.first_byte_ms_max.min(self.total_ms_max))
    }

    /// The limit on the whole exchange.
    pub fn total(&self) -> Duration {
        Duration::from_millis(self.total_ms_max)
    }

    /// The time over which throughput is measured. Never zero: a window without length would end before a byte can come.
    pub fn window(&self) -> Duration {
        Duration::from_millis(self.throughput_window_ms.max(1))
    }

    /// How many bytes a window must bring.
    pub fn bytes_per_window_min(&self) -> u64 {
        self.bytes_per_second_min.saturating_mul(self.throughput_window_ms) / 1000
    }

    /// How many decoded bytes are allowed once `wire_bytes` have come.
    pub fn decoded_allowed(&self, wire_bytes: u64) -> u64 {
        let by_ratio = wire_bytes.saturating_mul(self.ratio_max).max(self.ratio_free_bytes);
        by_ratio.min(self.decoded_bytes_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_body_need_not_keep_the_ratio() {
        let limits = Limits { ratio_max: 10, ratio_free_bytes: 1000, decoded_bytes_max: 5000, ..Limits::default() };
        assert_eq!(limits.decoded_allowed(1), 1000);
        assert_eq!(limits.decoded_allowed(200), 2000);
        assert_eq!(limits.decoded_allowed(u64::MAX), 5000);
    }

    #[test]
    fn the_first_byte_may_not_take_longer_than_the_whole() {
        let limits = Limits { first_byte_ms_max: 500, total_ms_max: 40, ..Limits::default() };
        assert_eq!(limits.first_byte(), Duration::from_millis(40));
    }
}
