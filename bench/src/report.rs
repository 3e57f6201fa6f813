//! The results, as a table and as JSON.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;

/// What was measured, and on what.
#[derive(Debug, Serialize)]
pub struct Report {
    machine: Machine,
    figures: Vec<Figure>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Machine {
    cpu: String,
    cores: usize,
    kernel: String,
    /// Average number of running processes over the last minute, before and after.
    load: Vec<f64>,
}

/// One figure, taken several times.
#[derive(Debug, Serialize)]
pub struct Figure {
    name: String,
    unit: &'static str,
    min: f64,
    median: f64,
    max: f64,
    goal: Option<Goal>,
}

/// What the median should be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// At least this.
    AtLeast(f64),
    /// Below this.
    Below(f64),
}

impl Report {
    /// An empty report about this machine.
    pub fn new() -> Result<Self> {
        let cpu = std::fs::read_to_string("/proc/cpuinfo")?;
        let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
        Ok(Self {
            machine: Machine {
                cpu: model
                    .unwrap_or("unknown")
                    .trim_matches([':', '\t', ' '])
                    .to_owned(),
                cores: std::thread::available_parallelism()?.get(),
                kernel: std::fs::read_to_string("/proc/sys/kernel/osrelease")?
                    .trim()
                    .to_owned(),
                load: vec![load()?],
            },
            figures: Vec::new(),
            notes: Vec::new(),
        })
    }

    /// Adds a figure from all its takes.
    pub fn add(&mut self, name: impl Into<String>, unit: &'static str, takes: &[f64]) {
        self.push(name.into(), unit, takes, None);
    }

    /// Adds a figure that has a goal.
    pub fn judge(
        &mut self,
        name: impl Into<String>,
        unit: &'static str,
        takes: &[f64],
        goal: Goal,
    ) {
        self.push(name.into(), unit, takes, Some(goal));
    }

    /// Adds a remark.
    pub fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        eprintln!("· {text}");
        self.notes.push(text);
    }

    fn push(&mut self, name: String, unit: &'static str, takes: &[f64], goal: Option<Goal>) {
        let mut sorted = takes.to_vec();
        sorted.sort_by(f64::total_cmp);
        let figure = Figure {
            name,
            unit,
            min: sorted.first().copied().unwrap_or(f64::NAN),
            median: percentile(&sorted, 50),
            max: sorted.last().copied().unwrap_or(f64::NAN),
            goal,
        };
        eprintln!("{}", figure.line());
        self.figures.push(figure);
    }

    /// Prints the table and writes the JSON.
    pub fn finish(mut self, out: &Path) -> Result<()> {
        self.machine.load.push(load()?);
        let Machine {
            cpu,
            cores,
            kernel,
            load,
        } = &self.machine;
        let mut text = format!("{cores} × {cpu}, Linux {kernel}, load {load:?}\n\n");
        writeln!(text, "{HEADER}")?;
        for figure in &self.figures {
            writeln!(text, "{}", figure.line())?;
        }
        for note in &self.notes {
            writeln!(text, "\n{note}")?;
        }
        std::io::stdout().write_all(text.as_bytes())?;
        if let Some(folder) = out.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let json = serde_json::to_string_pretty(&self)? + "\n";
        std::fs::write(out, json).with_context(|| out.display().to_string())
    }
}

const HEADER: &str =
    "figure                                                      min     median        max  unit";

impl Figure {
    fn line(&self) -> String {
        let Self {
            name,
            unit,
            min,
            median,
            max,
            ..
        } = self;
        let verdict = match self.goal {
            None => String::new(),
            Some(Goal::AtLeast(goal)) => verdict(*median >= goal, format!("at least {goal}")),
            Some(Goal::Below(goal)) => verdict(*median < goal, format!("below {goal}")),
        };
        let [min, median, max] = [min, median, max].map(|value| shown(*value));
        format!("{name:<52}{min:>11}{median:>11}{max:>11}  {unit:<10}{verdict}")
    }
}

fn verdict(is_met: bool, goal: String) -> String {
    format!("{} {goal}", if is_met { "met:" } else { "MISSED:" })
}

fn shown(value: f64) -> String {
    if value.abs() < 100.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}

/// The value that `percent` of the sorted takes do not exceed.
pub fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

/// Milliseconds, in ascending order.
pub fn millis(times: &[Duration]) -> Vec<f64> {
    let mut sorted: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1e3).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn load() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').next().unwrap_or_default().parse()?)
}
