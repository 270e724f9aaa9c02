//! The binary traces of Go 1.11–1.21 from Go's own suite: read strictly, and the validator agrees.

use libtest_mimic::{Arguments, Failed, Trial};
use tracepane_testkit::{Validator, data};
use tracepane_tests::{read_leniently, read_strictly};
use tracepane_wire::{Event, EventKind, GenerationInfo, Resources, Sink, Tables};

fn main() {
    let paths = data::files("go/tracev1", "_good");
    let mut trials: Vec<Trial> = paths
        .into_iter()
        .map(|path| {
            let name = path.trim_start_matches("go/tracev1/").to_string();
            Trial::test(name, move || check(&path).map_err(Failed::from))
        })
        .collect();
    trials.push(Trial::test("regions", || regions().map_err(Failed::from)));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn check(path: &str) -> Result<(), String> {
    let trace = data::read(path);
    let version = data::version(&trace).ok_or("no header")?;
    let mut validator = Validator::new(version);
    read_strictly(&trace, &mut validator).map_err(|error| error.to_string())?;
    if !validator.errors().is_empty() {
        return Err(validator.errors().join("\n"));
    }
    let mut lenient = Validator::new(version);
    let report = read_leniently(&trace, &mut lenient).map_err(|error| error.to_string())?;
    if lenient.events() != validator.events() || !report.losses.is_empty() {
        return Err(format!("lenient reading differs: {report:#?}"));
    }
    Ok(())
}

/// As Go's `TestTraceV1`: the regions and tasks of the program that wrote `user_task_region_1_21_good`.
fn regions() -> Result<(), String> {
    #[derive(Default)]
    struct Names {
        regions: Vec<String>,
        tasks: Vec<String>,
    }

    impl Sink for Names {
        fn generation(&mut self, _: &GenerationInfo, _: &Tables) {}

        fn event(&mut self, event: &Event, tables: &Tables, _: &Resources) {
            let (names, name) = match event.kind {
                EventKind::RegionBegin { name, .. } | EventKind::RegionEnd { name, .. } => {
                    (&mut self.regions, name)
                }
                EventKind::TaskBegin { name, .. } | EventKind::TaskEnd { name, .. } => {
                    (&mut self.tasks, name)
                }
                _ => return,
            };
            names.push(tables.string(name).to_string());
        }
    }

    let mut names = Names::default();
    let trace = data::read("go/tracev1/user_task_region_1_21_good");
    read_strictly(&trace, &mut names).map_err(|error| error.to_string())?;
    for found in [&mut names.regions, &mut names.tasks] {
        found.sort();
        found.dedup();
    }
    assert_eq!(
        names.regions,
        ["post-existing region", "region0", "region1"]
    );
    assert_eq!(names.tasks, ["task0"]);
    Ok(())
}
