//! Runs a program and tells what it took: wall time, processor time and peak memory, as Linux's `/proc` counts them. It does
//! not know what the program does.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// `/proc` counts processor time in ticks; there are 100 of them in a second on every Linux of today (`getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;
const GLANCE: Duration = Duration::from_millis(5);

/// What a program took.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// From its start to its end, in seconds.
    pub wall: f64,
    /// Of all its threads, in seconds, good to a hundredth.
    pub cpu: f64,
    /// Peak resident memory, in MiB.
    pub peak_mib: f64,
}

/// The same program, pinned to a core.
pub fn pinned(core: usize, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.arg("-c").arg(core.to_string()).arg(program);
    command
}

/// This program, for one of its small parts.
pub fn myself() -> Result<PathBuf> {
    Ok(std::env::current_exe()?)
}

/// Runs to the end, stdout into a file, stderr to ours. A failure of the program is an error.
pub fn run(command: &mut Command, stdout: &Path) -> Result<Cost> {
    let child = command.stdin(Stdio::null()).stdout(File::create(stdout)?).spawn();
    let mut child = child.with_context(|| format!("{command:?}"))?;
    let begun = Instant::now();
    let mut cost = Cost { wall: 0.0, cpu: 0.0, peak_mib: 0.0 };
    // A program that has ended keeps its times until it is waited for, its memory no longer.
    while !ended(&child)? {
        cost.peak_mib = peak_mib(child.id()).unwrap_or(cost.peak_mib);
        std::thread::sleep(GLANCE);
    }
    cost.wall = begun.elapsed().as_secs_f64();
    cost.cpu = cpu_seconds(child.id())?;
    let status = child.wait()?;
    if !status.success() {
        bail!("{command:?}: {status}");
    }
    Ok(cost)
}

/// A server that ends with this value.
pub struct Server {
    child: Child,
    /// The first line it said.
    pub address: String,
}

impl Server {
    /// Starts it and waits for its first line, which says where it is.
    pub fn start(command: &mut Command) -> Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = child.with_context(|| format!("{command:?}"))?;
        let mut address = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut address)?;
        }
        let server = Self { child, address: address.trim().to_owned() };
        if server.address.is_empty() {
            bail!("{command:?} said nothing");
        }
        Ok(server)
    }

    /// Its number, for [`cpu_seconds`].
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Peak resident memory so far, in MiB.
    pub fn peak_mib(&self) -> f64 {
        peak_mib(self.child.id()).unwrap_or(f64::NAN)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has nothing to lose; one that has ended by itself is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time of this process so far, in seconds.
pub fn own_cpu() -> Result<f64> {
    cpu_seconds(std::process::id())
}

/// Peak resident memory of this process so far, in MiB.
pub fn own_peak_mib() -> Result<f64> {
    peak_mib(std::process::id()).context("/proc/PID/status")
}

fn ended(child: &Child) -> Result<bool> {
    Ok(matches!(stat(child.id())?.first().map(String::as_str), Some("Z" | "X")))
}

/// Processor time of a process so far, all its threads together, in seconds.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = stat(pid)?;
    let ticks = |n: usize| stat.get(n).and_then(|field| field.parse::<f64>().ok()).context("/proc/PID/stat");
    Ok((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
}

/// The fields of `/proc/PID/stat` from the state on: the name before may hold blanks.
fn stat(pid: u32) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let rest = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    Ok(rest.split_whitespace().map(str::to_owned).collect())
}

fn peak_mib(pid: u32) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}
