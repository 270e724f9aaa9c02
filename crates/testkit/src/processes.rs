//! What a process and all that it started have of the machine's memory, as `/proc` tells; nothing where there is none.

use std::fs;

/// The processes that a process started, whichever of its threads did, and theirs.
pub fn descendants(id: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{id}/task"));
    let children = threads
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let mut all = Vec::new();
    for child in children.collect::<String>().split_whitespace() {
        if let Ok(child) = child.parse() {
            all.extend(descendants(child));
            all.push(child);
        }
    }
    all
}

/// How memory is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measure {
    /// Pages that several processes have count by share, so that the sum over them counts each page once.
    Proportional,
    /// Pages that several processes have count for each of them.
    Resident,
    /// The largest resident memory so far.
    Peak,
}

/// Bytes that a process has.
pub fn memory(id: u32, measure: Measure) -> u64 {
    let (file, name) = match measure {
        Measure::Proportional => ("smaps_rollup", "Pss:"),
        Measure::Resident => ("smaps_rollup", "Rss:"),
        Measure::Peak => ("status", "VmHWM:"),
    };
    let text = fs::read_to_string(format!("/proc/{id}/{file}")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok());
    kilobytes.unwrap_or(0u64) * 1024
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_child_is_found_and_has_memory() {
        let mut child = Command::new("sleep").arg("10").spawn().unwrap();
        let own = std::process::id();
        assert!(descendants(own).contains(&child.id()));
        for measure in [Measure::Resident, Measure::Peak] {
            assert!(memory(own, measure) > 100_000, "{measure:?}");
        }
        assert!(memory(own, Measure::Proportional) <= memory(own, Measure::Peak));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(memory(0, Measure::Peak), 0);
    }
}
