//! Rows of a part that depend on nothing before: counters, samples, logs, labels, generations.

use super::{Joint, Merger};
use crate::build::Builder;
use crate::column::Column;
use crate::metric::MetricPoint;
use crate::sample::Sample;
use crate::task::{LabelRow, LogRow};
use crate::trace::GenerationRow;

impl Merger {
    pub(super) fn join_rows(&mut self, part: &Builder, joint: &Joint) {
        let to = &mut self.builder;
        let points = |to: &mut Column<MetricPoint>, from: &Column<MetricPoint>| {
            for point in from.iter() {
                to.push(MetricPoint {
                    time: joint.clock.time(point.time),
                    ..point
                });
            }
        };
        points(&mut to.metrics.gomaxprocs, &part.metrics.gomaxprocs);
        points(&mut to.metrics.heap_objects, &part.metrics.heap_objects);
        points(&mut to.metrics.heap_goal, &part.metrics.heap_goal);
        for sample in part.samples.iter() {
            to.samples.push(Sample {
                time: joint.clock.time(sample.time),
                thread: joint.thread(sample.thread),
                proc: joint.proc(sample.proc),
                goroutine: joint.goroutine(sample.goroutine),
                stack: joint.names.stack(sample.stack),
            });
        }
        for log in part.user.logs.iter() {
            to.user.logs.push(LogRow {
                time: joint.clock.time(log.time),
                goroutine: joint.goroutine(log.goroutine),
                task: log.task,
                category: joint.names.string(log.category),
                message: joint.names.string(log.message),
                stack: joint.names.stack(log.stack),
            });
        }
        for label in part.user.labels.iter() {
            to.user.labels.push(LabelRow {
                time: joint.clock.time(label.time),
                goroutine: joint.goroutine(label.goroutine),
                label: joint.names.string(label.label),
            });
        }
        for row in &part.generations {
            to.generations.push(GenerationRow {
                start: joint.clock.time(row.start),
                ..*row
            });
        }
    }
}
